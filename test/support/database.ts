// A database of its own for a test file: a clone of the migrated template, about 0.2 s.
import { inject } from 'vitest'
import pg from 'pg'
import { systemRandom, randomWord } from '../../src/core/ids.ts'
import { connect, type Store } from '../../src/store/connect.ts'

/** Returns a store on a fresh clone; disposing it drops the clone. */
export async function testDatabase(options: { max?: number } = {}): Promise<Store> {
  const name = `test_${randomWord(12, systemRandom)}`
  await asAdmin((admin) => admin.query(`CREATE DATABASE ${name} TEMPLATE template_rollcall`))
  const url = new URL(inject('templateUrl'))
  url.pathname = `/${name}`
  const store = connect(url.href, { max: options.max ?? 10 })
  let closing: Promise<void> | undefined
  return {
    ...store,
    [Symbol.asyncDispose]: () => (closing ??= drop(store, name)),
  }
}

async function drop(store: Store, name: string): Promise<void> {
  await store[Symbol.asyncDispose]()
  await asAdmin((admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`))
}

async function asAdmin(work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const url = new URL(inject('templateUrl'))
  url.pathname = '/postgres'
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  try {
    // Two clones of one template at the same moment are refused: the lock makes them queue.
    await admin.query('SELECT pg_advisory_lock(1)')
    await work(admin)
  } finally {
    await admin.end()
  }
}
