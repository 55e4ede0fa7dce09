// The opt-out log, the consent ledger, the data requests and the audit log as the desk shows them.
import { sql, type RawBuilder } from 'kysely'
import type { ConsentEvent } from '../audience/consent.ts'
import type { AuditEntry } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'
import type { ListedRequest } from './data-requests.ts'
import type { KeyRange } from './key-range.ts'
import type { OptOut } from './opt-outs.ts'

export const OPT_OUT_CHANNELS = ['one_click', 'page', 'mailto', 'reply', 'complaint', 'console', 'cli'] as const
export const CONSENT_ACTS = ['imported', 'subscribed', 'suppressed', 'released'] as const

function newest<Row extends { id: string }>(): Keyset<Row> {
  return { parts: [{ expression: sql`l.id`, type: 'bigint', isDescending: true }], keyOf: ({ id }) => [id] }
}

function keysClause(keys: KeyRange | null): RawBuilder<unknown> {
  return keys === null ? sql`true` : sql`l.address_key BETWEEN ${keys.from} AND ${keys.to}`
}

export interface DeskOptOut extends OptOut {
  campaignId: string | null
}

/** Returns a page of the wishes to be left alone, newest first, with the campaign that each answers. */
export function listOptOuts(
  db: Db,
  { channel, keys }: { channel: string | null; keys: KeyRange | null },
  wish: PageWish,
): Promise<Page<DeskOptOut>> {
  return keysetPage(newest<DeskOptOut>(), wish, async ({ where, orderBy, limit }) => {
    // list_opt_outs: by id, by channel and id, or by person.
    const { rows } = await sql<DeskOptOut>`
      SELECT l.id, encode(l.address_key, 'hex') AS "addressKey", l.delivery_id AS "deliveryId", l.channel, l.requested_at AS "requestedAt",
        l.effective_at AS "effectiveAt", (SELECT d.campaign_id FROM delivery d WHERE d.id = l.delivery_id) AS "campaignId"
      FROM opt_out l
      WHERE ${where} AND ${keysClause(keys)} AND ${channel === null ? sql`true` : sql`l.channel = ${channel}`}
      ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}

export interface DeskConsent extends Pick<
  ConsentEvent,
  'act' | 'basis' | 'evidence' | 'wording' | 'ipNetwork' | 'expiresAt' | 'at'
> {
  id: string
  /** Keyed hash of the address, hex. */
  addressKey: string
  importId: string | null
}

/** Returns a page of the consent ledger, newest first. */
export function listConsents(
  db: Db,
  { act, keys }: { act: string | null; keys: KeyRange | null },
  wish: PageWish,
): Promise<Page<DeskConsent>> {
  const acts: readonly string[] = act === null ? CONSENT_ACTS : [act]
  return keysetPage(newest<DeskConsent>(), wish, async ({ where, orderBy, limit }) => {
    const from =
      keys === null
        ? sql`unnest(${[...acts]}::text[]) AS a (act) CROSS JOIN LATERAL (
            SELECT l.* FROM consent_event l WHERE l.act = a.act AND ${where} ORDER BY ${orderBy} LIMIT ${limit}) AS l`
        : sql`consent_event l WHERE ${keysClause(keys)} AND l.act = ANY (${[...acts]}::text[]) AND ${where}`
    // list_consents: the newest of each act, of these the newest; one person by key.
    const { rows } = await sql<DeskConsent>`
      SELECT l.id, encode(l.address_key, 'hex') AS "addressKey", l.act, l.basis, l.evidence, l.wording, l.ip_network::text AS "ipNetwork",
        l.expires_at AS "expiresAt", l.at, l.import_id AS "importId"
      FROM ${from} ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}

const BY_DUE: Keyset<ListedRequest & { place: string }> = {
  parts: [
    { expression: sql`l.due_at`, type: 'timestamptz' },
    { expression: sql`l.id`, type: 'bigint' },
  ],
  keyOf: ({ place, id }) => [place, id],
}

const REQUEST = sql`l.id, l.kind, encode(l.address_key, 'hex') AS "addressKey", l.requested_at AS "requestedAt", l.due_at AS "dueAt",
  l.due_at::text AS place, l.done_at AS "doneAt", l.taken_by AS "takenBy", l.note`

/** Returns a page of the requests without an answer, the most urgent first. */
export function listOpenRequests(db: Db, keys: KeyRange | null, wish: PageWish): Promise<Page<ListedRequest>> {
  return keysetPage(BY_DUE, wish, async ({ where, orderBy, limit }) => {
    // list_open_requests: in the small index of what is open.
    const { rows } = await sql<ListedRequest & { place: string }>`
      SELECT ${REQUEST} FROM data_request l WHERE l.done_at IS NULL AND ${where} AND ${keysClause(keys)}
      ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}

/** Returns a page of all requests, the newest first. */
export function listAllRequests(db: Db, keys: KeyRange | null, wish: PageWish): Promise<Page<ListedRequest>> {
  return keysetPage(newest<ListedRequest>(), wish, async ({ where, orderBy, limit }) => {
    // list_all_requests: by id, or by person.
    const { rows } = await sql<ListedRequest>`
      SELECT ${REQUEST} FROM data_request l WHERE ${where} AND ${keysClause(keys)} ORDER BY ${orderBy} LIMIT ${limit}`.execute(
      db,
    )
    return rows
  })
}

export interface AuditFilter {
  actor: string | null
  act: string | null
  /** `kind/id`. */
  object: string | null
}

/** Returns a page of the audit log, newest first. `acts`: all that there are, from `auditWords`. */
export function listAudit(
  db: Db,
  { actor, act, object }: AuditFilter,
  acts: readonly string[],
  wish: PageWish,
): Promise<Page<AuditEntry>> {
  const equal = (column: RawBuilder<unknown>, value: string | null) =>
    value === null ? sql`true` : sql`${column} = ${value}`
  return keysetPage(newest<AuditEntry>(), wish, async ({ where, orderBy, limit }) => {
    const entries = sql`audit_entry l
      WHERE ${where} AND ${equal(sql`l.object`, object)} AND ${equal(sql`l.actor`, actor)} AND ${equal(sql`l.act`, act)}`
    const from =
      actor !== null && act === null && object === null
        ? sql`unnest(${[...acts]}::text[]) AS a (act) CROSS JOIN LATERAL (
            SELECT l.* FROM audit_entry l WHERE l.actor = ${actor} AND l.act = a.act AND ${where} ORDER BY ${orderBy} LIMIT ${limit}) AS l`
        : entries
    // list_audit: by id, by object, by actor and act; an actor alone by each of the acts.
    const { rows } = await sql<AuditEntry>`
      SELECT l.id, l.place, l.at, l.actor, l.act, l.object, l.reason FROM ${from} ORDER BY ${orderBy} LIMIT ${limit}`.execute(
      db,
    )
    return rows
  })
}

/** Returns the actors and the acts that the log knows. */
export async function auditWords(db: Db): Promise<{ actors: string[]; acts: string[] }> {
  // audit_words: from one value to the next by index; the entries between are not read.
  const { rows } = await sql<{ actors: string[] | null; acts: string[] | null }>`
    WITH RECURSIVE actors AS (
      (SELECT actor FROM audit_entry ORDER BY actor LIMIT 1)
      UNION ALL
      SELECT (SELECT e.actor FROM audit_entry e WHERE e.actor > a.actor ORDER BY e.actor LIMIT 1) FROM actors a WHERE a.actor IS NOT NULL
    ), acts AS (
      (SELECT act FROM audit_entry ORDER BY act LIMIT 1)
      UNION ALL
      SELECT (SELECT e.act FROM audit_entry e WHERE e.act > a.act ORDER BY e.act LIMIT 1) FROM acts a WHERE a.act IS NOT NULL
    )
    SELECT (SELECT array_agg(actor) FROM actors WHERE actor IS NOT NULL) AS actors, (SELECT array_agg(act) FROM acts WHERE act IS NOT NULL) AS acts`.execute(
    db,
  )
  return { actors: rows[0]?.actors ?? [], acts: rows[0]?.acts ?? [] }
}
