// The worker thread that runs MJML: one document in, HTML or complaints out. It has no environment and a memory limit.
import { parentPort, workerData } from 'node:worker_threads'
import mjml2html from 'mjml'

/** What the worker posts, once. */
export type MjmlReply = { ok: true; html: string } | { ok: false; complaints: Complaint[] }
export interface Complaint {
  message: string
  line: number | null
}

const reply = await convert(String(workerData))
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage(reply)

async function convert(source: string): Promise<MjmlReply> {
  try {
    // Every option that could reach the disk or the network is off or empty (threat T14).
    const { html } = await mjml2html(source, {
      validationLevel: 'strict',
      fonts: {},
      ignoreIncludes: true,
      keepComments: true,
      beautify: false,
      minify: false,
    })
    return { ok: true, html }
  } catch (error) {
    return { ok: false, complaints: complaintsOf(error) }
  }
}

function complaintsOf(error: unknown): Complaint[] {
  const list: unknown = error instanceof Error && 'errors' in error ? error.errors : null
  const all: unknown[] = Array.isArray(list) ? list : [error]
  return all.map((each) => {
    const message = clean(textOf(each, 'message') ?? String(each))
    const tag = textOf(each, 'tagName')
    const line = property(each, 'line')
    return { message: tag ? `${tag}: ${message}` : message, line: typeof line === 'number' ? line : null }
  })
}

function textOf(value: unknown, name: string): string | null {
  const found = property(value, name)
  return typeof found === 'string' ? found : null
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** MJML's words hold the server's working directory. */
function clean(message: string): string {
  return message.replaceAll(process.cwd(), '').trim()
}
