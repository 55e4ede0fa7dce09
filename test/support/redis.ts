// A real Redis for a test file: its own process, port and folder.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../../src/store/embedded-server.ts'

export interface TestRedis extends AsyncDisposable {
  readonly url: string
  /** A client for the test itself. */
  readonly client: Redis
  /** Kills the server without a good-bye and starts an empty one on the same port. */
  restart(): Promise<void>
}

/** Why there is no Redis to test with; null when there is. In CI it must be there. */
export const noRedis: string | null =
  spawnSync('redis-server', ['--version']).status === 0
    ? null
    : 'redis-server is not installed (apt-get install redis-server)'

if (noRedis !== null) {
  if (process.env['CI'] === 'true') throw new Error(`${noRedis}, and CI may not skip it`)
  console.warn(`skipped: ${noRedis}`)
}

/** Starts Redis; disposing it ends it. */
export async function testRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-redis-'))
  const port = await freePort()
  let stop = await startServer(port, folder)
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null, retryStrategy: () => 100 })
  client.on('error', () => undefined)
  return {
    url: `redis://127.0.0.1:${port}/0`,
    client,
    async restart() {
      await stop()
      stop = await startServer(port, folder)
    },
    async [Symbol.asyncDispose]() {
      client.disconnect()
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startServer(port: number, folder: string): Promise<() => Promise<void>> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const server = spawn('redis-server', options, { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  await answers(port)
  return async () => {
    server.kill('SIGKILL')
    await ended
  }
}

async function answers(port: number): Promise<void> {
  const probe = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null, retryStrategy: () => 50 })
  probe.on('error', () => undefined)
  const late = sleep(10_000, null, { ref: false })
  const pong = await Promise.race([probe.ping(), late])
  probe.disconnect()
  if (pong === null) throw new Error(`redis-server did not start on port ${port}`)
}
