// What all worker processes have in common: compose, start one thing, and stop cleanly when told to.
import process from 'node:process'
import { reportError } from '../src/cli/terminal.ts'
import { compose, type App } from '../src/compose.ts'
import { loadConfig } from '../src/config/load.ts'
import type { WorkerOptions } from '../src/queue/consume.ts'

/** Runs a worker until it is told to stop. */
export async function run(name: string, options: WorkerOptions): Promise<void> {
  await runUntilStopped(name, (app) => app.work(options))
}

/** Runs what `start` starts until SIGTERM or SIGINT; a second signal ends the process at once. Sets the exit code. */
export async function runUntilStopped(name: string, start: (app: App) => Promise<AsyncDisposable>): Promise<void> {
  const stopped = stopSignal()
  try {
    await using app = await compose(await loadConfig())
    // Stacked last, so it stops first: what is in the air still has its transport and its database.
    await using _started = await start(app)
    app.log.info({ worker: name }, 'started')
    const signal = await stopped
    app.log.info({ worker: name, signal }, 'stopping: no new claims, what is in the air may land')
  } catch (error) {
    process.exitCode = reportError(error)
  }
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve(signal)
        process.once(signal, () => process.exit(1))
      })
    }
  })
}
