// A worker in a process of its own, as in a real installation.
import { spawn } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import { RollcallError } from '../../core/errors.ts'

export interface WorkerProcess extends AsyncDisposable {
  /** Rejects when the worker ends by itself. */
  readonly lost: Promise<never>
}

/** Starts `rollcall work` with these settings; disposing it sends SIGTERM and waits until it has gone. */
export function startWorkerProcess(environment: Record<string, string>): WorkerProcess {
  const extension = path.extname(import.meta.filename)
  const main = path.resolve(import.meta.dirname, '..', `main${extension}`)
  const child = spawn(process.execPath, [...process.execArgv, main, 'work'], {
    env: { ...environment, PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)))
  let stopping = false
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const lost = ended.then(async (code): Promise<never> => {
    if (stopping) return new Promise(() => undefined)
    throw new RollcallError('worker_lost', `the worker process ended with ${code}: ${said.trim()}`)
  })
  lost.catch(() => undefined) // whoever waits for it is told; nobody has to wait
  return {
    lost,
    async [Symbol.asyncDispose]() {
      stopping = true
      child.kill('SIGTERM')
      await ended
    },
  }
}
