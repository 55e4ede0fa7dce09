// Starts the fault program in a process group of its own, so that an interrupt reaches it and not what it has started.
import { fork } from 'node:child_process'

// tsx kills what does not answer an interrupt within a moment, and a busy machine has no moment: the program tidies up
// when it is told to stop, and as well when it loses us.
const program = fork(new URL(import.meta.resolve('./program.ts')), process.argv.slice(2), {
  detached: true,
  execArgv: ['--import', import.meta.resolve('tsx')],
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => program.kill(signal))
program.on('exit', (code) => {
  process.exitCode = code ?? 2
})
