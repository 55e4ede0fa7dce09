// One real PostgreSQL for the whole run: a scratch cluster with a migrated template database.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import pg from 'pg'
import { connect } from '../../src/store/connect.ts'
import { choosePlace } from '../../src/store/embedded-place.ts'
import { clusterUrl, initialise, start, stop } from '../../src/store/embedded-server.ts'
import { migrate } from '../../src/store/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection URL of the template database. */
    templateUrl: string
  }
}

/** Nothing of a test run needs to survive a power cut. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  shared_buffers: '256MB',
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(path.join(tmpdir(), 'rollcall-test-'))
  await chmod(home, 0o755)
  const place = await choosePlace(home)
  await initialise(place)
  const port = await start(place, FAST)
  const teardown = async () => {
    await stop(place)
    await rm(home, { recursive: true, force: true })
    await rm(path.dirname(place.data), { recursive: true, force: true })
  }
  try {
    await makeTemplate(await clusterUrl(place, port, 'postgres'), await clusterUrl(place, port, 'template_rollcall'))
    project.provide('templateUrl', await clusterUrl(place, port, 'template_rollcall'))
  } catch (error) {
    await teardown()
    throw error
  }
  return teardown
}

async function makeTemplate(adminUrl: string, templateUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  try {
    await admin.query('CREATE DATABASE template_rollcall')
    await migrateTemplate(templateUrl)
    // A template that anybody is connected to cannot be cloned, and a backend ends a moment after its client.
    await admin.query('ALTER DATABASE template_rollcall WITH ALLOW_CONNECTIONS false')
    await admin.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'template_rollcall'`,
    )
  } finally {
    await admin.end()
  }
}

async function migrateTemplate(url: string): Promise<void> {
  await using store = connect(url, { max: 1 })
  await migrate(store)
}
