// Opens PostgreSQL: one pool, and Kysely over it.
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { RollcallError, messageOf } from '../core/errors.ts'
import { preparing } from './prepare.ts'
import type { Schema } from './schema.ts'

export type Db = Kysely<Schema>

export interface Store extends AsyncDisposable {
  readonly url: string
  readonly db: Db
  readonly pool: pg.Pool
}

interface StoreOptions {
  /** Connections in the pool; 10 unless told. */
  max?: number
  /** Shown in pg_stat_activity; embedded databases count these to know whether anybody is left. */
  applicationName?: string
  /** Plans parameterised statements once, whatever the values: right for those that run all the time, wrong for reports. */
  genericPlans?: boolean
  /** Who acts on these connections, for the audit log of what has no actor of its own. */
  actor?: string
  /** Told of a connection that broke while idle; the pool replaces it. */
  onIdleError?: (error: Error) => void
}

/** Plans once; and a statement whose process was killed while it waited for a lock must not be carried out afterwards. */
const STEADY = '-c plan_cache_mode=force_generic_plan -c client_connection_check_interval=1000'

/** What the server is told when a connection opens; a name loses what could end the option. */
function startOptions({ genericPlans, actor }: StoreOptions): { options?: string } {
  const said = [
    ...(genericPlans ? [STEADY] : []),
    ...(actor === undefined ? [] : [`-c rollcall.actor=${actor.replace(/[^\p{L}\p{N}._@-]/gu, '_')}`]),
  ]
  return said.length === 0 ? {} : { options: said.join(' ') }
}

/** Every connection of the product carries a name that starts so. */
export const APPLICATION = 'rollcall'

const types: pg.CustomTypesConfig = {
  // A date is a calendar day: as a JavaScript Date it would shift with the time zone of the machine.
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.DATE && format !== 'binary'
      ? (text: string) => text
      : pg.types.getTypeParser(oid, format),
}

/**
 * Returns a store for `url`. Nothing connects until the first query.
 * int8 and date columns arrive as strings, timestamptz as Date, bytea as Buffer, jsonb parsed.
 */
export function connect(url: string, options: StoreOptions = {}): Store {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? APPLICATION,
    types,
    ...startOptions(options),
  })
  // Without a listener a database restart (57P01) would end the process.
  pool.on('error', options.onIdleError ?? ignoreIdleError)
  // The pool listens to idle connections alone; one in use fails its query, and would end the process as well.
  pool.on('connect', (client) => void client.on('error', ignoreIdleError))
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: preparing(pool) }) })
  let closing: Promise<void> | undefined
  return {
    url,
    db,
    pool,
    [Symbol.asyncDispose]: () => (closing ??= db.destroy()),
  }
}

/** The pool drops a broken connection by itself; the query on it, or the next one, fails with its own error or opens another. */
function ignoreIdleError(): void {}

/** Throws `database_unreachable` with the server's reason when no query gets through; needs PostgreSQL 15. */
export async function assertReachable(store: Store): Promise<void> {
  // Asks the server which version it is.
  const answer = await store.pool
    .query<{ version: number }>(`SELECT current_setting('server_version_num')::int AS version`)
    .catch((cause: unknown) => {
      throw new RollcallError(
        'database_unreachable',
        `cannot use the database at ${withoutPassword(store.url)}: ${messageOf(cause)}`,
        {
          hint: 'check DATABASE_URL, or remove it to use the embedded database',
          cause,
        },
      )
    })
  const version = answer.rows[0]?.version ?? 0
  if (version < 150_000) {
    throw new RollcallError('database_too_old', `PostgreSQL ${Math.floor(version / 10_000)} is too old`, {
      hint: 'Rollcall needs PostgreSQL 15 or newer',
    })
  }
}

/** Returns a connection URL that may be shown. */
function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return '(a DATABASE_URL that is no URL)'
  const parsed = new URL(url)
  parsed.password = ''
  return parsed.href
}
