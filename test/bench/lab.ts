// Everything one run stands on: folder, processes, PostgreSQL, Redis, the built product.
import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { noRedis, testRedis, type TestRedis } from '../support/redis.ts'
import { SECRET } from '../support/reference-campaign.ts'
import { buildProduct } from './build.ts'
import { startCluster, type Cluster } from './cluster.ts'
import type { Options } from './options.ts'
import { createProcesses, type Processes, type Started } from './processes.ts'
import { startSink, type Sink } from './sink.ts'

export interface Lab {
  readonly options: Options
  readonly folder: string
  readonly processes: Processes
  readonly cluster: Cluster
  /** Null when redis-server is not installed: those lines are left out, and said to be. */
  readonly redis: TestRedis | null
  /** PEM file with the RSA-2048 key of the DKIM lines. */
  readonly dkimKeyFile: string
  /** Starts `rollcall ARGS`, built; `nodeFlags` are Node's own. */
  rollcall(args: readonly string[], environment: Record<string, string>, nodeFlags?: readonly string[]): Started
  /** Starts a sink of its own for one line. */
  sink(): Promise<Sink>
  /** Says something about the work on stderr. */
  note(text: string): void
}

/** What every process of the product needs to know, whatever it does. */
const INSTALLATION = {
  ROLLCALL_SECRET: SECRET,
  ROLLCALL_BASE_URL: 'https://alerts.rollcall.example',
  LOG_LEVEL: 'warn',
}

/** Opens the lab on `stack`: disposing that ends every process by its id and removes every file, however far this came. */
export async function openLab(options: Options, stack: AsyncDisposableStack): Promise<Lab> {
  const note = (text: string): void => void process.stderr.write(`${text}\n`)
  const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-bench-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const processes = stack.use(createProcesses())
  note('building the product')
  const program = await buildProduct(processes, folder)
  note('starting PostgreSQL')
  const cluster = await startCluster(folder, stack)
  if (noRedis !== null) note(`${noRedis}: the lines with Redis are left out`)
  const redis = noRedis === null ? stack.use(await testRedis()) : null
  return {
    options,
    folder,
    processes,
    cluster,
    redis,
    dkimKeyFile: await makeKey(folder),
    rollcall: (args, environment, nodeFlags = []) =>
      processes.start(process.execPath, [...nodeFlags, program, ...args], {
        environment: { ...INSTALLATION, ROLLCALL_HOME: path.join(folder, 'home'), ...environment, ...options.settings },
      }),
    sink: () => startSink(processes, folder),
    note,
  }
}

/** Returns the settings of the product as an environment, for the part of it that runs in this process. */
export function environmentOf(lab: Lab, more: Record<string, string>): Record<string, string> {
  const home = path.join(lab.folder, 'home')
  return { ...INSTALLATION, LOG_LEVEL: 'error', ROLLCALL_HOME: home, ...more, ...lab.options.settings }
}

async function makeKey(folder: string): Promise<string> {
  const file = path.join(folder, 'dkim.pem')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return file
}
