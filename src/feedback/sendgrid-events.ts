// Events of SendGrid: kept as they come, applied later in any order; what was applied stays applied.
import type { KeyObject } from 'node:crypto'
import { sql } from 'kysely'
import { messageOf } from '../core/errors.ts'
import type { Log } from '../delivery/settle.ts'
import type { Db } from '../store/connect.ts'
import { applyReport, type PatienceRules } from './consequences.ts'
import { ACTS_FOR_DAYS, deliveryOfId, markBounced, resolveAsSent } from './known-deliveries.ts'
import { meaningOf, NOTING_EVENTS, parseEvents, type KeptEvent } from './sendgrid-event.ts'
import { checkSignature, type SignedCall } from './sendgrid-signature.ts'
import { unsubscribe } from './unsubscribe.ts'

export interface WebhookCall extends SignedCall {
  key: KeyObject
  /** How long the bodies are kept. */
  keepDays: number
}

/** What became of a call: only `stored` may be answered with 2xx, or SendGrid forgets the events. */
export type ReceivedEvents =
  | { kind: 'stored'; added: number; known: number }
  | { kind: 'unsigned' | 'stale' | 'too_large' | 'malformed' }

const LARGEST = 5_000_000

/** Verifies the call and keeps its events; committed when it resolves. The same call twice adds nothing. */
export async function receiveSendgridEvents(db: Db, call: WebhookCall): Promise<ReceivedEvents> {
  if (call.rawBody.length > LARGEST) return { kind: 'too_large' }
  const check = checkSignature(call, call.key)
  if (check !== 'signed') return { kind: check }
  const events = parseEvents(call.rawBody)
  if (events === null) return { kind: 'malformed' }
  const added = await keepEvents(db, events, call.keepDays)
  return { kind: 'stored', added, known: events.length - added }
}

async function keepEvents(db: Db, events: readonly KeptEvent[], keepDays: number): Promise<number> {
  const column = <Value>(pick: (each: KeptEvent) => Value): Value[] => events.map(pick)
  // keep_events: the id of an event is its only key, so that a replay finds it there.
  const { numAffectedRows } = await sql`
    INSERT INTO sendgrid_event (sg_event_id, event, occurred_at, delivery_id, body, body_until, received_at)
    SELECT DISTINCT ON (id) id, event, occurred_at, delivery_id, body, now() + make_interval(days => ${keepDays}), clock_timestamp()
    FROM unnest(
      ${column((each) => each.id)}::text[], ${column((each) => each.event)}::text[], ${column((each) => each.occurredAt)}::timestamptz[],
      ${column((each) => each.deliveryId)}::bigint[], ${column((each) => JSON.stringify(each.body))}::jsonb[]
    ) AS given (id, event, occurred_at, delivery_id, body)
    ORDER BY id
    ON CONFLICT (sg_event_id) DO NOTHING`.execute(db)
  return Number(numAffectedRows ?? 0)
}

/**
 * Applies the events that wait and returns how many. Those about a message that is just being sent wait until it is
 * settled; one that fails is logged, stays, and keeps no other from being applied.
 */
export async function applySendgridEvents(db: Db, patience: PatienceRules, log: Log): Promise<number> {
  const failed: string[] = []
  let applied = 0
  for (;;) {
    const noted = await applyNotes(db)
    const acted = await applyActs(db, patience, log, failed)
    applied += noted + acted
    if (noted + acted === 0) return applied
  }
}

const PORTION = 2_000

/** Nearly all events only say that a message is on its way: many at once. */
async function applyNotes(db: Db): Promise<number> {
  // apply_notes: taken → resolved → marked.
  const { numAffectedRows } = await sql`
    WITH taken AS (
      SELECT e.sg_event_id, d.id FROM sendgrid_event e LEFT JOIN delivery d ON d.id = e.delivery_id
      WHERE e.applied_at IS NULL AND e.event = ANY (${NOTING_EVENTS}::text[]) AND d.state IS DISTINCT FROM 'sending'
      ORDER BY e.received_at, e.sg_event_id LIMIT ${PORTION}::int FOR UPDATE OF e SKIP LOCKED
    ), resolved AS (
      UPDATE delivery SET state = 'sent', reason = NULL, sent_at = coalesce(sent_at, now()), updated_at = now()
      WHERE id IN (SELECT id FROM taken) AND state = 'in_doubt' AND updated_at > now() - make_interval(days => ${ACTS_FOR_DAYS})
      RETURNING id
    )
    UPDATE sendgrid_event e SET applied_at = clock_timestamp(), outcome = CASE
      WHEN t.id IS NULL THEN 'uncorrelated' WHEN t.id IN (SELECT id FROM resolved) THEN 'resolved' ELSE 'noted' END
    FROM taken t WHERE e.sg_event_id = t.sg_event_id`.execute(db)
  return Number(numAffectedRows ?? 0)
}

async function applyActs(db: Db, patience: PatienceRules, log: Log, failed: string[]): Promise<number> {
  // waiting_acts: what may change more than doubt, one by one.
  const { rows } = await sql<{ id: string }>`
    SELECT e.sg_event_id AS id FROM sendgrid_event e LEFT JOIN delivery d ON d.id = e.delivery_id
    WHERE e.applied_at IS NULL AND e.event <> ALL (${NOTING_EVENTS}::text[]) AND d.state IS DISTINCT FROM 'sending'
      AND e.sg_event_id <> ALL (${failed}::text[])
    ORDER BY e.received_at, e.sg_event_id LIMIT ${PORTION}::int`.execute(db)
  let applied = 0
  for (const { id } of rows) {
    try {
      if (await applyAct(db, id, patience)) applied += 1
    } catch (error) {
      failed.push(id)
      log.error(
        { event: id, error: messageOf(error) },
        'an event of SendGrid could not be applied; it stays and is tried again',
      )
    }
  }
  return applied
}

interface WaitingEvent {
  event: string
  deliveryId: string | null
  /** Null when the person was erased meanwhile. */
  body: Record<string, unknown> | null
  receivedAt: Date
}

/** Returns false when somebody else has it, or its message is being sent again. */
async function applyAct(db: Db, id: string, patience: PatienceRules): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    // take_event: two processes never apply one event.
    const { rows } = await sql<WaitingEvent>`
      SELECT event, delivery_id AS "deliveryId", body, received_at AS "receivedAt" FROM sendgrid_event
      WHERE sg_event_id = ${id} AND applied_at IS NULL FOR UPDATE SKIP LOCKED`.execute(tx)
    const [waiting] = rows
    const outcome = waiting === undefined ? null : await outcomeOf(tx, waiting, patience)
    if (outcome === null) return false
    // mark_event: in the transaction of what was applied.
    await sql`UPDATE sendgrid_event SET applied_at = clock_timestamp(), outcome = ${outcome} WHERE sg_event_id = ${id}`.execute(
      tx,
    )
    return true
  })
}

/** Returns what was done, or null when it must wait. */
async function outcomeOf(db: Db, waiting: WaitingEvent, patience: PatienceRules): Promise<string | null> {
  const delivery = waiting.deliveryId === null ? null : await deliveryOfId(db, waiting.deliveryId)
  if (delivery === null) return 'uncorrelated'
  if (delivery.state === 'sending') return null
  if (!delivery.isRecent) return 'old'
  const meaning = meaningOf(waiting.event, waiting.body ?? {})
  if (meaning.kind === 'report') {
    const done = await applyReport(db, delivery, meaning.report, waiting.receivedAt, patience)
    return waiting.event === 'dropped' && (await markBounced(db, delivery.id, 'dropped', meaning.report.sentence))
      ? 'bounced'
      : done
  }
  const wasInDoubt = await resolveAsSent(db, delivery.id)
  if (waiting.event === 'dropped')
    await markBounced(db, delivery.id, 'dropped', 'SendGrid has an opt-out of this address and sent nothing')
  if (meaning.kind === 'note') return wasInDoubt ? 'resolved' : 'noted'
  const capability = { deliveryId: BigInt(delivery.id), subscriberId: BigInt(delivery.subscriberId) }
  return await unsubscribe(db, { capability, channel: 'page', requestedAt: waiting.receivedAt })
}
