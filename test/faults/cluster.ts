// A PostgreSQL of the program's own that can be restarted under the workers, with a database for every round.
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { loadReference } from '../../src/congress/reference.ts'
import { systemClock } from '../../src/core/clock.ts'
import { randomWord } from '../../src/core/ids.ts'
import { connect, type Store } from '../../src/store/connect.ts'
import { choosePlace } from '../../src/store/embedded-place.ts'
import { clusterUrl, initialise, isAlive, start, stop } from '../../src/store/embedded-server.ts'
import { migrate } from '../../src/store/migrate.ts'
import { watchClaims } from './claim-log.ts'

export interface Cluster extends AsyncDisposable {
  /** Returns a store on a new database with its schema and the log of claims; `reference`: with the 115th Congress. Disposing it drops the database. */
  database(reference?: boolean): Promise<Store>
  /** Stops the server, `immediate`: as a crash does, waits and starts it again on the same port. */
  restart(mode: 'fast' | 'immediate', awayMs: number): Promise<void>
}

const SETTINGS = {
  // What was committed must survive an immediate stop; a power cut of the whole machine is not part of the program.
  synchronous_commit: 'on',
  full_page_writes: 'off',
  max_connections: '300',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
}

const PLAIN = 'faults_plain'
const REFERENCE = 'faults_reference'

/** Makes and starts the cluster in a temporary folder; `fsync`: as in production, and slower. */
export async function startCluster(fsync: boolean): Promise<Cluster> {
  const home = await mkdtemp(path.join(tmpdir(), 'rollcall-faults-'))
  await chmod(home, 0o755)
  const place = await choosePlace(home)
  const settings = { ...SETTINGS, fsync: fsync ? 'on' : 'off' }
  const remove = async (): Promise<void> => {
    await rm(home, { recursive: true, force: true })
    await rm(path.dirname(place.data), { recursive: true, force: true })
  }
  try {
    await initialise(place)
    const port = await start(place, settings)
    const urlOf = (name: string): Promise<string> => clusterUrl(place, port, name)
    await makeTemplate(urlOf, PLAIN, 'template1', async (store) => {
      await migrate(store)
      await watchClaims(store.db)
    })
    let reference: Promise<void> | undefined
    return {
      async database(withReference = false) {
        if (withReference)
          await (reference ??= makeTemplate(urlOf, REFERENCE, PLAIN, (store) =>
            loadReference(store.db, path.resolve(import.meta.dirname, '../../fixtures/congress-115'), systemClock),
          ))
        return await clone(urlOf, withReference ? REFERENCE : PLAIN)
      },
      async restart(mode, awayMs) {
        if (mode === 'fast') await stop(place)
        else await crash(place.data)
        await sleep(awayMs)
        await start(place, { ...settings, port: String(port) })
      },
      async [Symbol.asyncDispose]() {
        await stop(place)
        await remove()
      },
    }
  } catch (error) {
    await stop(place).catch(() => undefined)
    await remove()
    throw error
  }
}

type UrlOf = (name: string) => Promise<string>

async function makeTemplate(
  urlOf: UrlOf,
  name: string,
  from: string,
  fill: (store: Store) => Promise<unknown>,
): Promise<void> {
  await asAdmin(urlOf, (admin) => admin.query(`CREATE DATABASE ${name} TEMPLATE ${from}`))
  {
    await using store = connect(await urlOf(name), { max: 2 })
    await fill(store)
  }
  // A template that anybody is connected to cannot be cloned, and a backend ends a moment after its client.
  await asAdmin(urlOf, (admin) =>
    admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [name]),
  )
}

async function clone(urlOf: UrlOf, template: string): Promise<Store> {
  const name = `round_${randomWord(10)}`
  await asAdmin(urlOf, (admin) => admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`))
  const store = connect(await urlOf(name), { max: 6, applicationName: 'faults' })
  let closing: Promise<void> | undefined
  const drop = async (): Promise<void> => {
    await store[Symbol.asyncDispose]()
    await asAdmin(urlOf, (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`))
  }
  return { ...store, [Symbol.asyncDispose]: () => (closing ??= drop()) }
}

async function asAdmin(urlOf: UrlOf, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: await urlOf('postgres') })
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}

/** SIGQUIT to the postmaster is an immediate shutdown: nothing is written down, the next start recovers from the log. */
async function crash(data: string): Promise<void> {
  const pid = Number((await readFile(path.join(data, 'postmaster.pid'), 'utf8')).split('\n', 1)[0])
  process.kill(pid, 'SIGQUIT')
  for (let n = 0; n < 400 && isAlive(pid); n++) await sleep(25)
}
