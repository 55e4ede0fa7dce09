// Worker processes for tests: the real send loop in processes of their own, which a test may kill.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

export interface WorkerSettings {
  databaseUrl: string
  redisUrl?: string | undefined
  smtpUrl: string
  connections?: number
  leaseMs?: number
  perSecond?: number
}

export interface WorkerProcess extends AsyncDisposable {
  readonly pid: number
  /** Ends it in mid-sentence, as a power cut would. */
  kill(): Promise<void>
  /** Asks it to stop and waits until it has; returns its exit code. */
  stop(): Promise<number | null>
  signal(signal: NodeJS.Signals): void
  /** What it said on stderr. */
  said(): string
}

/** Starts test/support/worker-process.ts with these settings and waits until it works. */
export async function startWorkerProcess(settings: WorkerSettings): Promise<WorkerProcess> {
  const script = path.join(import.meta.dirname, 'worker-process.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const exited = once(child, 'exit')
  await Promise.race([
    once(child.stdout, 'data'),
    exited.then(() => Promise.reject(new Error(`the worker did not start: ${errors}`))),
  ])
  return {
    pid: pidOf(child),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
      return child.exitCode
    },
    signal: (signal) => void child.kill(signal),
    said: () => errors,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await exited
      }
    },
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the worker has no process id')
  return child.pid
}
