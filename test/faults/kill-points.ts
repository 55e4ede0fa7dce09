// Kills a worker at a named point of a message's life. The sink knows the points on the wire; a lock makes a worker stand still at those in the database.
import { sql } from 'kysely'
import { openClaims, settledBy } from './claim-log.ts'
import type { Kill, Member } from './crew.ts'
import { later, type Round } from './round.ts'
import type { Act, Stage } from './sink.ts'

export const KILL_POINTS = [
  'before claim',
  'after claim',
  'after MAIL',
  'after RCPT',
  'mid-DATA',
  'after dot',
  'after 250',
  'after settle',
] as const

export type KillPoint = (typeof KILL_POINTS)[number]

/** At which stage of the wire, before the sink answers it. */
const ON_THE_WIRE: Readonly<Partial<Record<KillPoint, Stage>>> = {
  'after claim': 'mail',
  'after MAIL': 'rcpt',
  'after RCPT': 'data',
  'mid-DATA': 'body',
  'after dot': 'dot',
}

/** Kills one worker at `point` and resolves with what it left; throws when the point does not come. */
export async function killAt(round: Round, point: KillPoint): Promise<Kill> {
  const stage = ON_THE_WIRE[point]
  if (stage !== undefined) return await killOnTheWire(round, point, stage)
  const victim = round.draw.pick(round.crew.members())
  if (point === 'before claim') return await killBeforeClaim(round, victim)
  return point === 'after 250' ? await killBeforeSettle(round, victim) : await killAfterSettle(round, victim)
}

async function killOnTheWire(round: Round, point: KillPoint, stage: Stage): Promise<Kill> {
  const { sink, crew, draw } = round
  const stores = draw.chance(0.5)
  let killing: Promise<Kill> | undefined
  const spring = ({ worker }: { worker: string }): Act => {
    killing = later(crew.kill(worker, point))
    return { ending: 'hang', ...(stage === 'dot' ? { stores } : {}) }
  }
  void sink.trap((moment) => moment.stage === stage && crew.find(moment.worker) !== undefined, spring)
  await round.until(`a worker comes to the point "${point}"`, () => killing !== undefined)
  return await (killing ?? Promise.reject(new Error('unreachable')))
}

/** Nobody may read the kill switch, so no claim begins; what was claimed before is sent and settled. */
async function killBeforeClaim(round: Round, victim: Member): Promise<Kill> {
  const { crew, db } = round
  return await withLock(round, 'kill_switch', 'ACCESS EXCLUSIVE', async (release) => {
    await round.until(
      `${victim.name} stands before its next claim`,
      async () => (await waitsForLock(round, victim)) && (await openClaims(db, victim.name)).length === 0,
    )
    return await killAndRelease(round, victim, () => crew.kill(victim.name, 'before claim'), release)
  })
}

/** Nobody may write attempts, so what the sink takes from now on is not settled. */
async function killBeforeSettle(round: Round, victim: Member): Promise<Kill> {
  const { crew, sink } = round
  return await withLock(round, 'attempt', 'EXCLUSIVE', async (release) => {
    const before = sink.log.acceptedFrom(victim.name)
    await round.until(
      `${victim.name} has a message accepted and cannot settle it`,
      async () => sink.log.acceptedFrom(victim.name) > before || (await waitsForLock(round, victim)),
    )
    // Until the settle that follows has come to the lock, too.
    await round.until(`${victim.name} waits to settle`, () => waitsForLock(round, victim))
    return await killAndRelease(round, victim, () => crew.kill(victim.name, 'after 250'), release)
  })
}

async function killAfterSettle(round: Round, victim: Member): Promise<Kill> {
  const before = await settledBy(round.db, victim.name)
  await round.until(`${victim.name} settles a delivery`, async () => (await settledBy(round.db, victim.name)) > before)
  return await round.crew.kill(victim.name, 'after settle')
}

/** Kills while the lock is held; then the statement that waited either dies with its client or, as by default, runs when the lock is gone. */
async function killAndRelease(
  round: Round,
  victim: Member,
  kill: () => Promise<Kill>,
  release: () => Promise<void>,
): Promise<Kill> {
  const killing = later(kill())
  // terminate: the statement of the dead worker never happens.
  if (round.draw.chance(0.5))
    await sql`SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE application_name = ${victim.name}`.execute(
      round.db,
    )
  await release()
  return await killing
}

async function waitsForLock({ db }: Round, { name }: Member): Promise<boolean> {
  // waits_for_lock: one of the worker's statements stands still.
  const { rows } = await sql<{ waits: boolean }>`
    SELECT count(*) > 0 AS waits FROM pg_stat_activity
    WHERE application_name = ${name} AND state = 'active' AND wait_event_type = 'Lock'`.execute(db)
  return rows[0]?.waits ?? false
}

async function withLock<Result>(
  { store }: Round,
  table: 'kill_switch' | 'attempt',
  mode: 'ACCESS EXCLUSIVE' | 'EXCLUSIVE',
  work: (release: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const client = await store.pool.connect()
  let isHeld = true
  const release = async (): Promise<void> => {
    if (isHeld) await client.query('ROLLBACK')
    isHeld = false
  }
  try {
    // lock: taken when those who hold the table have finished.
    await client.query(`BEGIN; LOCK TABLE ${table} IN ${mode} MODE`)
    return await work(release)
  } finally {
    await release()
    client.release()
  }
}
