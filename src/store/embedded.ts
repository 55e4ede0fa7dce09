// The embedded database: started by the first process that needs it, stopped by the last one that leaves.
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { RollcallError } from '../core/errors.ts'
import { APPLICATION } from './connect.ts'
import { choosePlace, type Place } from './embedded-place.ts'
import { clusterUrl, initialise, isAlive, runningPort, start, stop } from './embedded-server.ts'

export interface EmbeddedDatabase extends AsyncDisposable {
  readonly url: string
}

const DATABASE = 'rollcall'
/** Each process holds one connection of this name for as long as it needs the server. */
const PRESENCE = `${APPLICATION} presence`
const LOCK_PATIENCE_MS = 90_000

/**
 * Returns the embedded database of `home`, which is made on first use (about 2 s), started when it does not run,
 * and attached to when another process has started it. Dispose when done: the last one out stops the server.
 */
export async function openEmbedded(home: string): Promise<EmbeddedDatabase> {
  await mkdir(home, { recursive: true })
  const place = await choosePlace(home)
  const { url, presence } = await withLock(home, () => attach(place))
  let closing: Promise<void> | undefined
  return { url, [Symbol.asyncDispose]: () => (closing ??= withLock(home, () => leave(place, presence))) }
}

async function attach(place: Place): Promise<{ url: string; presence: pg.Client }> {
  await initialise(place)
  const port = (await runningPort(place)) ?? (await start(place))
  await createDatabase(await clusterUrl(place, port, 'postgres'))
  const url = await clusterUrl(place, port, DATABASE)
  const presence = new pg.Client({ connectionString: url, application_name: PRESENCE })
  // A server that is stopped under us shows in the queries of the pool, which say more.
  presence.on('error', () => undefined)
  await presence.connect()
  return { url, presence }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: APPLICATION })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`)
  } finally {
    await client.end()
  }
}

async function leave(place: Place, presence: pg.Client): Promise<void> {
  const others = await presence
    .query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()`,
      [PRESENCE],
    )
    .then(({ rows }) => rows[0]?.count ?? 0)
    .catch(() => 0) // the server is gone already, or going
  await presence.end().catch(() => undefined) // as above
  if (others === 0 && (await runningPort(place)) !== null) await stop(place)
}

/** Runs `work` while no other process of this home starts or stops the server. A lock of a dead process does not count. */
async function withLock<T>(home: string, work: () => Promise<T>): Promise<T> {
  const file = path.join(home, 'postgres.lock')
  const giveUpAt = Date.now() + LOCK_PATIENCE_MS
  for (;;) {
    const handle = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
      return null
    })
    if (handle) {
      try {
        await handle.writeFile(String(process.pid))
        await handle.close()
        return await work()
      } finally {
        await rm(file, { force: true })
      }
    }
    await removeStaleLock(file)
    if (Date.now() > giveUpAt) {
      throw new RollcallError('embedded_database_busy', `${file} has been held for over ${LOCK_PATIENCE_MS / 1000} s`, {
        hint: 'if no other Rollcall is running, remove that file',
      })
    }
    await sleep(50)
  }
}

async function removeStaleLock(file: string): Promise<void> {
  const pid = Number(await readFile(file, 'utf8').catch(() => ''))
  if (pid > 0 && !isAlive(pid)) await rm(file, { force: true })
}
