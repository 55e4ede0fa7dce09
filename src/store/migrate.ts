// Brings the database to the newest schema: plain SQL files, forward only, one transaction each.
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import type pg from 'pg'
import { RollcallError, messageOf } from '../core/errors.ts'
import type { Store } from './connect.ts'

interface Migration {
  name: string
  sql: string
  sha256: string
}

const FOLDER = new URL('./migrations/', import.meta.url)
const LOCK = 7_265_255 // any number that nothing else in this database locks

/**
 * Applies what is missing and returns the names of the files applied.
 * Safe when two processes start at once: the second waits for the first.
 * Throws `migration_failed`, or `migration_changed` when an applied file differs from ours.
 */
export async function migrate(store: Store): Promise<string[]> {
  const migrations = await readMigrations()
  const client = await store.pool.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK])
    try {
      const applied = await readApplied(client)
      refuseForeign(applied, migrations)
      const missing = migrations.filter((migration) => !applied.has(migration.name))
      for (const migration of missing) await apply(client, migration)
      return missing.map((migration) => migration.name)
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [LOCK])
    }
  } finally {
    client.release()
  }
}

/** Returns the names of the migrations that are not yet applied. */
export async function pendingMigrations(store: Store): Promise<string[]> {
  const client = await store.pool.connect()
  try {
    const applied = await readApplied(client)
    return (await readMigrations()).map((migration) => migration.name).filter((name) => !applied.has(name))
  } finally {
    client.release()
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, FOLDER), 'utf8')
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function readApplied(client: pg.PoolClient): Promise<Map<string, string>> {
  await client.query(
    `CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  )
  const { rows } = await client.query<{ name: string; sha256: string }>('SELECT name, sha256 FROM migration')
  return new Map(rows.map((row) => [row.name, row.sha256]))
}

function refuseForeign(applied: Map<string, string>, migrations: Migration[]): void {
  for (const [name, sha256] of applied) {
    const ours = migrations.find((migration) => migration.name === name)
    if (ours === undefined) {
      throw new RollcallError(
        'migration_unknown',
        `the database has migration ${name}, which this version does not know`,
        {
          hint: 'it was made by a newer Rollcall: upgrade this one',
        },
      )
    }
    if (ours.sha256 !== sha256) {
      throw new RollcallError('migration_changed', `migration ${name} is applied, but its file has changed since`, {
        hint: 'migrations are forward only: restore the file and add a new one',
      })
    }
  }
}

/** The row goes in first: a second process that slipped through would stop at the primary key. */
async function apply(client: pg.PoolClient, migration: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query('INSERT INTO migration (name, sha256) VALUES ($1, $2)', [migration.name, migration.sha256])
    await client.query(migration.sql)
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK')
    throw new RollcallError('migration_failed', `migration ${migration.name} failed: ${messageOf(cause)}`, {
      hint: 'nothing of it was applied',
      cause,
    })
  }
}
