// Statements that run thousands of times a minute are planned once a connection instead of each time.
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type pg from 'pg'
import { RollcallError } from '../core/errors.ts'

const PREPARED = /^\s*\/\* prepared: ([a-z_]{1,60}) \*\//

/**
 * Returns the pool for Kysely. A statement whose text starts with a comment `prepared: name` becomes a prepared statement
 * of that name; its text must be the same each time.
 */
export function preparing(pool: pg.Pool): PostgresPool {
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect()
      // Kysely keeps its own connection for each client it has seen.
      const same = known.get(client) ?? preparingClient(client)
      known.set(client, same)
      return same
    },
  }
}

function preparingClient(client: pg.PoolClient): PostgresPoolClient {
  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  function query(text: string | PostgresCursor<unknown>, parameters: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') throw new RollcallError('bug', 'this pool has no cursors')
    const name = PREPARED.exec(text)?.[1]
    return client.query(
      name === undefined ? { text, values: [...parameters] } : { name, text, values: [...parameters] },
    )
  }
  return { query, release: (destroy) => client.release(destroy) }
}
