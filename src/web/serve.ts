// The web server: listens, answers, and on stopping lets every answer and every letter that is under way go out.
import { once } from 'node:events'
import { createAdaptorServer } from '@hono/node-server'
import { startUploads, type UploadDeps } from '../audience/upload-runs.ts'
import { loadZipKnowledge } from '../campaign/zip-knowledge.ts'
import type { App } from '../compose.ts'
import type { Config } from '../config/load.ts'
import { messageOf, RollcallError } from '../core/errors.ts'
import { createWeb } from './app.tsx'
import { createSite } from './site.ts'

export interface RunningServer extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string
  /** What the first visitor must type in production; null: nothing. */
  readonly setupCode: string | null
}

/** Serves console, API and subscriber pages. Throws `http_port` when the port is taken and `no_sender` for a sample sender in production. */
export async function serveWeb(app: App, { host, port }: { host: string; port: number }): Promise<RunningServer> {
  assertOwnSender(app.config)
  const site = createSite(app)
  const web = await createWeb(site)
  const server = createAdaptorServer({ fetch: web.fetch })
  server.listen(port, host)
  await once(server, 'listening').catch((cause: unknown) => {
    throw new RollcallError('http_port', `nobody can listen on ${host} port ${port}: ${messageOf(cause)}`, {
      hint: 'choose another with --port or ROLLCALL_HTTP_PORT',
      kind: 'usage',
      cause,
    })
  })
  const uploads = await startUploads(uploadDeps(app))
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
  if (isLoopback(host)) for (const origin of [url, `http://localhost:${bound}`]) site.origins.add(origin)
  let closing: Promise<void> | undefined
  return {
    url,
    setupCode: site.setupCode,
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }

  async function close(): Promise<void> {
    site.stopping.abort()
    // No new connections; idle ones go, answers under way are finished.
    await new Promise<void>((resolve) => server.close(() => resolve()))
    await uploads[Symbol.asyncDispose]()
    await site.post[Symbol.asyncDispose]()
  }
}

/** Lists that came through the console are imported by the process that took them. */
function uploadDeps({ db, clock, log, config, addressKey }: App): UploadDeps {
  const loadKnownZip = () => loadZipKnowledge(db)
  return { db, clock, log, home: config.ROLLCALL_HOME, addressKeyKey: addressKey, loadKnownZip }
}

/** Whoever listens on this machine alone is reached by both of its names. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** The defaults of the settings are for trials: nobody's real mail may come from them. */
function assertOwnSender(config: Config): void {
  const { ROLLCALL_ENV: environment, ROLLCALL_SENDER: sender, ROLLCALL_REPLY_TO: replyTo } = config
  const sample = [sender, replyTo].find((address) => address.endsWith('.example'))
  if (environment !== 'production' || sample === undefined) return
  throw new RollcallError('no_sender', `${sample} is a sample address; production mail needs one of your own`, {
    hint: 'set ROLLCALL_SENDER and ROLLCALL_REPLY_TO',
    kind: 'usage',
  })
}
