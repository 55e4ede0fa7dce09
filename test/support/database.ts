// A database of its own for a test file: a clone of the migrated template, about 0.2 s.
import path from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { loadReference } from '../../src/congress/reference.ts'
import { systemClock } from '../../src/core/clock.ts'
import { systemRandom, randomWord } from '../../src/core/ids.ts'
import { connect, type Store } from '../../src/store/connect.ts'

interface TestDatabaseOptions {
  max?: number
  /** Starts with the 115th Congress of fixtures/congress-115. */
  reference?: boolean
}

/** Returns a store on a fresh clone; disposing it drops the clone. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<Store> {
  const name = `test_${randomWord(12, systemRandom)}`
  await asAdmin(async (admin) => {
    if (options.reference) await makeReferenceTemplate(admin)
    const template = options.reference ? REFERENCE : 'template_rollcall'
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  })
  const store = connect(urlOf(name), { max: options.max ?? 10 })
  let closing: Promise<void> | undefined
  return {
    ...store,
    [Symbol.asyncDispose]: () => (closing ??= drop(store, name)),
  }
}

const REFERENCE = 'template_reference'

/** Made by the first test that needs it; the others clone it. */
async function makeReferenceTemplate(admin: pg.Client): Promise<void> {
  const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [REFERENCE])
  if (rowCount !== 0) return
  const unfinished = `${REFERENCE}_unfinished`
  await admin.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`)
  await admin.query(`CREATE DATABASE ${unfinished} TEMPLATE template_rollcall`)
  const store = connect(urlOf(unfinished), { max: 2 })
  await loadReference(store.db, path.resolve(import.meta.dirname, '../../fixtures/congress-115'), systemClock)
  await store[Symbol.asyncDispose]()
  await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [unfinished])
  await admin.query(`ALTER DATABASE ${unfinished} RENAME TO ${REFERENCE}`)
}

function urlOf(name: string): string {
  const url = new URL(inject('templateUrl'))
  url.pathname = `/${name}`
  return url.href
}

async function drop(store: Store, name: string): Promise<void> {
  await store[Symbol.asyncDispose]()
  await asAdmin((admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`))
}

async function asAdmin(work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: urlOf('postgres') })
  await admin.connect()
  try {
    // Two clones of one template at the same moment are refused: the lock makes them queue.
    await admin.query('SELECT pg_advisory_lock(1)')
    await work(admin)
  } finally {
    await admin.end()
  }
}
