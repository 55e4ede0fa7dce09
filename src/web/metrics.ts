// GET /metrics: what Prometheus reads of this process and of the ledger, for whoever has a key or sits on this machine.
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { Histogram, Registry } from 'prom-client'
import { messageOf } from '../core/errors.ts'
import { addLedgerMetrics } from '../queue/ledger-metrics.ts'
import { routeOf } from './access-log.ts'
import { holderOf, requireScopesOf } from './api/authorize.ts'
import { problem, refusalOf } from './api/problem.ts'
import type { Site } from './site.ts'

export interface HttpMetrics {
  readonly registry: Registry
  /** Counts and times every request. */
  readonly watch: MiddlewareHandler
}

/** Returns the metrics of one application. */
export function createHttpMetrics(): HttpMetrics {
  const registry = new Registry()
  const requests = new Histogram({
    name: 'rollcall_http_request_seconds',
    help: 'How long requests took to be answered, and how many there were',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  return {
    registry,
    async watch(c, next) {
      const start = performance.now()
      await next()
      const labels = { method: methodOf(c), route: routeOf(c), status: String(c.res.status) }
      requests.observe(labels, (performance.now() - start) / 1000)
    },
  }
}

/** Adds the route. The gauges of the ledger are those that workers show, too. */
export function metricsRoute(app: Hono, site: Site, { registry }: HttpMetrics): void {
  let adding: Promise<void> | undefined
  const addOnce = async (): Promise<void> => addLedgerMetrics(registry, site.db, await site.queues())
  app.get('/metrics', async (c) => {
    try {
      if (!isFromHere(c, site)) requireScopesOf(await holderOf(site, c), ['settings.read'])
      await (adding ??= addOnce())
      return c.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType })
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal.isOurs) {
        // The queue was away when it was first asked for: the next scrape tries again.
        if (registry.getSingleMetric('rollcall_jobs_waiting') === undefined) adding = undefined
        site.log.warn({ error: messageOf(error) }, 'the metrics could not be read')
      }
      return problem(c, refusal)
    }
  })
}

/** Anybody may write any method; each would be a series of its own. */
function methodOf(c: Context): string {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(c.req.method) ? c.req.method : 'other'
}

/** Whether the request came over the loopback, and through no proxy: behind one everybody does. */
function isFromHere(c: Context, site: Site): boolean {
  if (site.proxies > 0 || c.env === undefined) return false
  if (['x-forwarded-for', 'forwarded', 'via'].some((name) => c.req.header(name) !== undefined)) return false
  return /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(getConnInfo(c).remote.address ?? '')
}
