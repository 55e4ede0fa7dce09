// Shows a worker's metrics to Prometheus, on this machine only.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { messageOf, RollcallError } from '../core/errors.ts'

export interface MetricsServer extends AsyncDisposable {
  readonly port: number
}

/** Serves `/metrics` on 127.0.0.1. Throws `metrics_port` when the port is taken. */
export async function serveMetrics(registry: Registry, port: number): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(registry, request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((cause: unknown) => {
    throw new RollcallError('metrics_port', `metrics cannot be shown on port ${port}: ${messageOf(cause)}`, {
      hint: 'choose another ROLLCALL_METRICS_PORT, one for each worker of a machine',
      kind: 'usage',
      cause,
    })
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function answer(registry: Registry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' || request.url !== '/metrics') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('metrics are at /metrics\n')
    return
  }
  try {
    const text = await registry.metrics()
    response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text)
  } catch (error) {
    // Prometheus notes the failed scrape; the reason is for whoever looks.
    response
      .writeHead(503, { 'content-type': 'text/plain' })
      .end(`the metrics could not be read: ${messageOf(error)}\n`)
  }
}
