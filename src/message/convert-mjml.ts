// MJML in a worker thread, with limits of time and memory.
import { Worker } from 'node:worker_threads'
import type { Complaint, MjmlReply } from './mjml-worker.ts'

const TIME_LIMIT_MS = 30_000
const MEMORY_LIMIT_MB = 384

/** Returns the HTML of an MJML document, or what is wrong with it. Never throws for the document's sake. */
export async function convertMjml(source: string, timeLimitMs = TIME_LIMIT_MS): Promise<MjmlReply> {
  // In dist/ this file and the worker are JavaScript; in a checkout Node strips the types itself.
  const file = new URL(import.meta.url.endsWith('.ts') ? './mjml-worker.ts' : './mjml-worker.js', import.meta.url)
  const worker = new Worker(file, {
    workerData: source,
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB },
  })
  const { promise, resolve } = Promise.withResolvers<MjmlReply>()
  const stop = (message: string) => resolve({ ok: false, complaints: [complaint(message)] })
  const timer = setTimeout(() => stop(`MJML took longer than ${timeLimitMs} ms`), timeLimitMs)
  worker.once('message', (reply: MjmlReply) => resolve(reply))
  worker.once('error', (error) => stop(`MJML failed: ${error.message.replaceAll(process.cwd(), '')}`))
  worker.once('exit', (code) => stop(`MJML stopped with code ${code}`))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

function complaint(message: string): Complaint {
  return { message, line: null }
}
