// The worker processes of a round: each with a name of its own, and a record of every kill.
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from '../../src/store/connect.ts'
import { startWorkerProcess, type WorkerProcess, type WorkerSettings } from '../support/workers.ts'
import { openClaims } from './claim-log.ts'

/** What a killed worker left behind. */
export interface Kill {
  worker: string
  point: string
  /** Deliveries it had claimed and not settled: what may come to be in doubt. */
  open: readonly string[]
  /** SMTP transactions open at the sink in the same moment. */
  openAtSink: number
}

export interface Member {
  readonly name: string
  readonly process: WorkerProcess
}

export interface Crew extends AsyncDisposable {
  readonly kills: readonly Kill[]
  /** Starts one more worker; what is given replaces the settings of the round. */
  start(more?: Partial<WorkerSettings>): Promise<Member>
  /** Workers that live. */
  members(): Member[]
  find(name: string): Member | undefined
  /** Sends SIGKILL before it returns; the promise resolves with what the worker left, once its database connections are gone. */
  kill(name: string, point: string): Promise<Kill>
  /** SIGTERM; resolves with the exit code. */
  stop(name: string): Promise<number | null>
  /** What all workers said, the dead ones too. */
  said(): string
}

interface CrewParts {
  db: Db
  settingsFor: (name: string) => WorkerSettings
  openAtSink: (name: string) => number
}

/** How long a dead worker's statements may take to end. */
const GONE_MS = 20_000

/** Returns a crew of nobody; disposing it ends everybody by force. */
export function createCrew({ db, settingsFor, openAtSink }: CrewParts): Crew {
  const living = new Map<string, Member>()
  const everybody: Member[] = []
  const kills: Kill[] = []
  let hired = 0

  return {
    kills,
    async start(more = {}) {
      hired += 1
      const name = `w${hired}`
      const member = { name, process: await startWorkerProcess({ ...settingsFor(name), ...more, name }) }
      living.set(name, member)
      everybody.push(member)
      return member
    },
    members: () => [...living.values()],
    find: (name) => living.get(name),
    async kill(name, point) {
      const member = living.get(name)
      if (member === undefined) throw new Error(`there is no worker ${name} to kill`)
      living.delete(name)
      const transactions = openAtSink(name)
      await member.process.kill()
      await connectionsGone(db, name)
      const kill = { worker: name, point, open: await openClaims(db, name), openAtSink: transactions }
      kills.push(kill)
      return kill
    },
    async stop(name) {
      const member = living.get(name)
      if (member === undefined) throw new Error(`there is no worker ${name} to stop`)
      living.delete(name)
      return await member.process.stop()
    },
    said: () => everybody.map((member) => member.process.said()).join(''),
    async [Symbol.asyncDispose]() {
      await Promise.all(everybody.map((member) => member.process[Symbol.asyncDispose]()))
    },
  }
}

/** A statement that was on its way when its client died still runs to its end, and may claim or settle. */
async function connectionsGone(db: Db, name: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < GONE_MS; waitedMs += 25) {
    // connections_gone: the worker's own connections; those of its queue never touch the ledger.
    const { rows } = await sql<{ count: number }>`
      SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = ${name}`.execute(db)
    if (rows[0]?.count === 0) return
    await sleep(25)
  }
  throw new Error(`the database still holds connections of the dead worker ${name} after ${GONE_MS} ms`)
}
