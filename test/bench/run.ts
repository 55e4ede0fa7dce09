// The benchmark: starts the process that measures, out of reach of whoever kills this one without a warning.
import { fork } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'

// tsx kills what does not answer Ctrl-C within a moment, and a busy machine has no moment. The measuring process is
// therefore in a group of its own, and cleans up when it loses us as it does when it is told to stop.
const child = fork(path.join(import.meta.dirname, 'benchmark.ts'), process.argv.slice(2), {
  detached: true,
  execArgv: ['--import', import.meta.resolve('tsx')],
})
process.on('SIGINT', (signal) => child.kill(signal))
process.on('SIGTERM', (signal) => child.kill(signal))
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
