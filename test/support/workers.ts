// Worker processes for tests: the real send loop in processes of their own, which a test may kill.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { RetryPlan } from '../../src/delivery/retry.ts'
import type { SendGridSettings } from '../../src/delivery/transports/sendgrid.ts'
import type { SmtpTimeouts } from '../../src/delivery/transports/smtp-connection.ts'

export interface WorkerSettings {
  databaseUrl: string
  /** What its database connections are called. */
  name?: string
  redisUrl?: string | undefined
  smtpUrl?: string
  sendGrid?: SendGridSettings
  connections?: number
  messagesPerConnection?: number
  timeouts?: Partial<SmtpTimeouts>
  /** PEM certificates to trust. */
  ca?: string
  /** `plain`, unless told: short messages without a template. */
  composer?: 'plain' | 'reference'
  /** How many bytes longer each plain message is; 4,000 unless told. */
  padding?: number
  leaseMs?: number
  perSecond?: number
  retry?: RetryPlan
  /** How long SIGTERM waits for what is in the air. */
  graceMs?: number
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
