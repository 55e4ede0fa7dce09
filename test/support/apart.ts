// Starts a program in a process group of its own, so that an interrupt reaches it and not what it has started.
import { fork } from 'node:child_process'
import process from 'node:process'

/**
 * Runs the program with our arguments and ends with its exit code. tsx kills what does not answer an interrupt within a
 * moment, and a busy machine has no moment: the program tidies up when it is told to stop, and as well when it loses us.
 */
export function runApart(program: URL): void {
  const child = fork(program, process.argv.slice(2), {
    detached: true,
    execArgv: ['--import', import.meta.resolve('tsx')],
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => {
    process.exitCode = code ?? 1
  })
}
