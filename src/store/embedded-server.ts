// Makes, starts and stops one embedded PostgreSQL cluster.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { RollcallError } from '../core/errors.ts'
import type { Place } from './embedded-place.ts'

const USER = 'rollcall'
const PORT_TRIES = 5
/** Room for a list of a million: its indexes stay in memory, and no checkpoint comes in the middle of its 700 MB of WAL. */
const SETTINGS = { shared_buffers: '256MB', wal_buffers: '16MB', max_wal_size: '2GB' }

/** Returns the URL of database `name` in the cluster at `place`, listening on `port`. */
export async function clusterUrl(place: Place, port: number, name: string): Promise<string> {
  const password = (await readFile(passwordFile(place), 'utf8')).trim()
  return `postgresql://${USER}:${password}@127.0.0.1:${port}/${name}`
}

/** Returns the port of the running server, or null when none runs on this data directory. */
export async function runningPort(place: Place): Promise<number | null> {
  const text = await readFile(path.join(place.data, 'postmaster.pid'), 'utf8').catch(() => '')
  // Lines: pid, data directory, start time, port, socket folder, address, shared memory, status.
  const lines = text.split('\n')
  const pid = Number(lines[0])
  return pid > 0 && isAlive(pid) && lines[7]?.trim() === 'ready' ? Number(lines[3]) : null
}

/**
 * Makes the cluster unless it exists. It takes its name only when it is complete, so that a first start that was cut off
 * is made anew and data that is there is never removed. Passwords travel by file, never by argument.
 */
export async function initialise(place: Place): Promise<void> {
  if (await exists(place.data)) return
  const unfinished = `${place.data}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(path.dirname(place.data), { recursive: true })
  const file = passwordFile(place)
  await writeFile(file, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 })
  if (place.account) await chown(file, place.account.uid, place.account.gid)
  const flags = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await run(place, 'initdb', ['-D', unfinished, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${file}`, ...flags])
  await rename(unfinished, place.data)
}

/** A folder that cannot be looked at is not a folder that is not there. */
async function exists(folder: string): Promise<boolean> {
  try {
    await stat(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Starts the server on a free loopback port and returns the port. The server outlives this process. */
export async function start(place: Place, settings: Record<string, string> = {}): Promise<number> {
  for (let left = PORT_TRIES; ; left--) {
    const port = await freePort()
    const own = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) }
    const options = { ...SETTINGS, ...own, ...settings }
    const flags = Object.entries(options).map(([key, value]) => `-c ${key}='${value}'`)
    try {
      await run(place, 'pg_ctl', [
        'start',
        '-w',
        '-t',
        '60',
        '-D',
        place.data,
        '-l',
        logFile(place),
        '-o',
        flags.join(' '),
      ])
      return port
    } catch (error) {
      // Somebody else may have taken the port between the look and the start.
      if (left <= 1) throw error
    }
  }
}

/** Stops the server and waits for it. */
export async function stop(place: Place): Promise<void> {
  await run(place, 'pg_ctl', ['stop', '-w', '-m', 'fast', '-D', place.data])
}

function passwordFile(place: Place): string {
  return path.join(path.dirname(place.data), 'password')
}

function logFile(place: Place): string {
  return path.join(path.dirname(place.data), 'server.log')
}

async function run(place: Place, program: string, args: string[]): Promise<void> {
  const child = spawn(path.join(place.native, 'bin', program), args, {
    cwd: '/', // the account that runs the server may be unable to enter ours
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    // A pipe would be inherited by the server and never close.
    stdio: program === 'initdb' ? ['ignore', 'pipe', 'pipe'] : 'ignore',
    ...place.account,
  })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code === 0) return
  const log = program === 'initdb' ? output : await readFile(logFile(place), 'utf8').catch(() => '')
  throw new RollcallError(
    'embedded_database_failed',
    `${program} ended with ${code}: ${log.trim().split('\n').slice(-4).join(' | ')}`,
    {
      hint: `see ${logFile(place)}, or set DATABASE_URL to a PostgreSQL of your own`,
    },
  )
}

/** Returns a loopback port that nobody listened on a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Returns whether a process with this id exists, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
