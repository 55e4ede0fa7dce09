// The job queue in PostgreSQL, in a schema of its own.
import { createPostgresBackend, isPgPool, runMigrations, withBackend } from 'bullmq'
import pg from 'pg'
import { RollcallError, messageOf } from '../core/errors.ts'
import type { Log } from '../delivery/settle.ts'
import { openQueues } from './bull.ts'
import type { Queues } from './connect.ts'

const SCHEMA = 'bullmq'

/** Two workers each keep one connection to listen on; the rest is for short queries. */
const CONNECTIONS = 8

/** Returns the queues in the database at `url`, their tables made when they are missing. */
export async function connectPostgres(url: string, log: Log): Promise<Queues> {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    application_name: 'rollcall queue',
    keepAlive: true,
    // A job that a power cut forgets is found again in the ledger.
    options: `-c search_path=${SCHEMA} -c synchronous_commit=off`,
  })
  pool.on('error', (error) => log.warn({ error: messageOf(error) }, 'the queue lost a database connection'))
  // The pool listens to idle connections alone; one in use fails its query, and would end the process as well.
  pool.on('connect', (client) => void client.on('error', () => undefined))
  // Every queue and worker of BullMQ listens on the pool, too.
  pool.setMaxListeners(0)
  await migrateQueue(pool)
  // BullMQ describes a pool in its own words; its own test tells whether ours is one.
  if (!isPgPool(pool)) throw new RollcallError('bug', 'BullMQ does not take our connection pool for one')
  return openQueues({
    kind: 'postgres',
    classes: withBackend(createPostgresBackend),
    addConnection: pool,
    takeConnection: pool,
    log,
    close: () => pool.end(),
  })
}

async function migrateQueue(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await runMigrations(client, SCHEMA)
  } finally {
    client.release()
  }
}
