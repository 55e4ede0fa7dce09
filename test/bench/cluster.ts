// A PostgreSQL of the run's own, set up as for production: what is committed is on disk.
import { chmod, mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { choosePlace, type Place } from '../../src/store/embedded-place.ts'
import { clusterUrl, initialise, start, stop } from '../../src/store/embedded-server.ts'
import { familyCpuMs } from './proc.ts'

export interface Cluster {
  readonly version: string
  url(database: string): Promise<string>
  /** Makes a database, empty or as a copy of another that nobody uses. */
  create(name: string, template?: string): Promise<void>
  drop(name: string): Promise<void>
  /** Writes everything to disk, so that no line pays for the one before. */
  settleDown(): Promise<void>
  /** Milliseconds of CPU time of the server and all its processes, those that have ended included. */
  cpuMs(): Promise<number>
}

/** What a machine that sends campaigns would set; fsync and synchronous_commit stay on. */
export const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  max_connections: '200',
}

/** Starts the cluster in `folder`, or where its account can run; `stack` stops it and removes all of it. */
export async function startCluster(folder: string, stack: AsyncDisposableStack): Promise<Cluster> {
  const home = path.join(folder, 'database')
  await mkdir(home)
  await chmod(home, 0o755)
  const place = await choosePlace(home)
  // Before there is anything to remove: a start that is cut off must leave nothing either.
  stack.defer(() => remove(place))
  await initialise(place)
  const port = await start(place, SETTINGS)
  const admin = new pg.Client({ connectionString: await clusterUrl(place, port, 'postgres') })
  // A server that is stopped while we hold a connection is no news to us.
  admin.on('error', () => undefined)
  await admin.connect()
  stack.defer(() => admin.end())
  const pid = await pidOf(place)
  const version = await admin.query<{ server_version: string }>('SHOW server_version')
  return {
    version: version.rows[0]?.server_version ?? '',
    url: (database) => clusterUrl(place, port, database),
    async create(name, template = 'template1') {
      await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [template])
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
    },
    async drop(name) {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
    },
    async settleDown() {
      await admin.query('CHECKPOINT')
    },
    cpuMs: () => familyCpuMs(pid),
  }
}

async function remove(place: Place): Promise<void> {
  if (await pidOf(place)) await stop(place)
  await rm(path.dirname(place.data), { recursive: true, force: true })
}

async function pidOf(place: Place): Promise<number> {
  const text = await readFile(path.join(place.data, 'postmaster.pid'), 'utf8').catch(() => '')
  return Number(text.split('\n')[0])
}
