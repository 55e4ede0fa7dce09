// GET /readyz: whether this process can do its work now. It names what is wrong and no more: anybody may ask.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hono } from 'hono'
import { messageOf } from '../core/errors.ts'
import { stripAddresses } from '../delivery/reply.ts'
import { assertReachable } from '../store/connect.ts'
import { pendingMigrations } from '../store/migrate.ts'
import type { Site } from './site.ts'

/** What does not answer in this time is as good as away. */
const PATIENCE_MS = 3_000

type State = 'ok' | 'unreachable' | 'behind' | 'unknown'

interface Readiness {
  ready: boolean
  database: State
  /** `behind`: migrations are missing. */
  schema: State
  queue: State
}

/** Adds the route: 200 when everything is there, 503 otherwise. */
export function readyRoute(app: Hono, site: Site): void {
  // Many may ask at once; one of them looks.
  let looking: Promise<Readiness> | undefined
  app.get('/readyz', async (c) => {
    looking ??= look(site).finally(() => (looking = undefined))
    const readiness = await looking
    return c.json(readiness, readiness.ready ? 200 : 503)
  })
}

async function look(site: Site): Promise<Readiness> {
  const [database, queue] = await Promise.all([
    inTime(site, 'database', async () => (await assertReachable(site.store), 'ok' as const)),
    inTime(site, 'queue', async () => (await (await site.queues()).waiting('deliver'), 'ok' as const)),
  ])
  const schema =
    database === 'ok'
      ? await inTime(site, 'schema', async () => ((await pendingMigrations(site.store)).length === 0 ? 'ok' : 'behind'))
      : 'unknown'
  return { ready: [database, schema, queue].every((state) => state === 'ok'), database, schema, queue }
}

/** The reason is for the log. */
async function inTime(site: Site, part: string, ask: () => Promise<State>): Promise<State> {
  const late = sleep(PATIENCE_MS, 'unreachable' as const, { ref: false })
  const asked = ask().catch((error: unknown) => {
    site.log.warn({ part, error: stripAddresses(messageOf(error)) }, 'not ready')
    return 'unreachable' as const
  })
  return Promise.race([asked, late])
}
