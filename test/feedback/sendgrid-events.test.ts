// T15: forged, replayed or reordered webhook calls change nothing; what SendGrid says is applied once, in any order.
import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_PATIENCE } from '../../src/feedback/consequences.ts'
import { applySendgridEvents, receiveSendgridEvents, type ReceivedEvents } from '../../src/feedback/sendgrid-events.ts'
import { webhookKey } from '../../src/feedback/sendgrid-signature.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { deliveryState, sentDelivery, suppressions } from './sent-campaign.ts'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = webhookKey(pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'))
const NOW = new Date('2018-01-04T12:00:00Z')

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query(
    'TRUNCATE subscriber, suppression, campaign, delivery, opt_out, consent_event, feedback_alarm, sendgrid_event CASCADE',
  )
})

type Event = Record<string, unknown>

function event(deliveryId: string, kind: string, more: Event = {}): Event {
  return {
    sg_event_id: randomUUID(),
    event: kind,
    timestamp: 1_515_067_200,
    email: 'ana@example.net',
    rollcall_delivery: deliveryId,
    ...more,
  }
}

interface CallOptions {
  by?: KeyObject
  signedAt?: Date
  change?: (body: Buffer) => Buffer
}

/** Calls the webhook as SendGrid does: the body ends in CRLF, and the signature is over that, too. */
async function call(events: unknown, options: CallOptions = {}): Promise<ReceivedEvents> {
  const { by = pair.privateKey, signedAt = NOW, change = (body: Buffer) => body } = options
  const body = Buffer.from(`${JSON.stringify(events)}\r\n`)
  const timestamp = String(Math.floor(signedAt.getTime() / 1000))
  const headers = new Headers({
    'X-Twilio-Email-Event-Webhook-Signature': sign(
      'sha256',
      Buffer.concat([Buffer.from(timestamp), body]),
      by,
    ).toString('base64'),
    'X-Twilio-Email-Event-Webhook-Timestamp': timestamp,
  })
  return await receiveSendgridEvents(store.db, { headers, rawBody: change(body), now: NOW, key, keepDays: 60 })
}

const apply = async (): Promise<number> => await applySendgridEvents(store.db, DEFAULT_PATIENCE, memoryLog())
const outcomes = async (): Promise<(string | null)[]> =>
  (await store.db.selectFrom('sendgrid_event').select('outcome').orderBy('received_at').execute()).map(
    (row) => row.outcome,
  )

const BOUNCE = {
  reason: '550 5.1.1 The email account that you tried to reach does not exist',
  status: '5.1.1',
  type: 'bounce',
}

describe('T15: a call', () => {
  test('that is signed is kept', async () => {
    const { id } = await sentDelivery(store.db, 'ana@example.net')
    expect(await call([event(id, 'delivered'), event(id, 'open')])).toEqual({ kind: 'stored', added: 2, known: 0 })
  })

  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const hour = 3_600_000
  test.each<[what: string, options: CallOptions, kind: string]>([
    ['by another key', { by: other }, 'unsigned'],
    [
      'with one byte changed',
      { change: (body) => Buffer.from(body.toString().replace('bounce', 'bouncf')) },
      'unsigned',
    ],
    ['without its last CRLF', { change: (body) => body.subarray(0, -2) }, 'unsigned'],
    ['26 hours old', { signedAt: new Date(NOW.getTime() - 26 * hour) }, 'stale'],
    ['an hour early', { signedAt: new Date(NOW.getTime() + hour) }, 'stale'],
    ['of more than 5 MB', { change: (body) => Buffer.concat([body, Buffer.alloc(5_000_000)]) }, 'too_large'],
  ])('%s is refused and nothing is kept', async (_, options, kind) => {
    const { id } = await sentDelivery(store.db, 'ana@example.net')
    expect(await call([event(id, 'bounce', BOUNCE)], options)).toEqual({ kind })
    expect(await outcomes()).toEqual([])
  })

  test('24 hours old is taken: SendGrid tries so long', async () => {
    expect(await call([], { signedAt: new Date(NOW.getTime() - 24 * hour) })).toMatchObject({ kind: 'stored' })
  })

  test('without a signature is refused', async () => {
    const parts = { headers: new Headers(), rawBody: Buffer.from('[]'), now: NOW, key, keepDays: 60 }
    expect(await receiveSendgridEvents(store.db, parts)).toEqual({ kind: 'unsigned' })
  })

  test.each([[{ a: 1 }], [['text']], [null], ['x']])('that is signed and holds %j is malformed', async (body) => {
    expect(await call(body)).toEqual({ kind: 'malformed' })
  })

  test('that comes twice adds and changes nothing', async () => {
    const { id } = await sentDelivery(store.db, 'ana@example.net')
    const events = [event(id, 'bounce', BOUNCE), event(id, 'processed')]
    expect(await call(events)).toMatchObject({ added: 2, known: 0 })
    expect(await apply()).toBe(2)
    expect(await call(events)).toMatchObject({ added: 0, known: 2 })
    expect(await apply()).toBe(0)
    expect(await suppressions(store.db)).toHaveLength(1)
  })

  test('about deliveries that nobody knows is kept and not applied', async () => {
    await sentDelivery(store.db, 'ana@example.net')
    await call([event('999999999', 'bounce', BOUNCE), event('not ours', 'spamreport'), { event: 'bounce' }])
    expect(await apply()).toBe(3)
    expect(new Set(await outcomes())).toEqual(new Set(['uncorrelated']))
    expect(await suppressions(store.db)).toEqual([])
  })

  test('with characters that PostgreSQL refuses is kept all the same', async () => {
    const { id } = await sentDelivery(store.db, 'ana@example.net')
    const strange = event(id, 'delivered', {
      response: 'nul \0 and \ud800 alone',
      nested: { deep: ['a\0'] },
      sg_event_id: '',
    })
    expect(await call([strange, strange])).toEqual({ kind: 'stored', added: 1, known: 1 })
  })
})

function orders<Value>(values: readonly Value[]): Value[][] {
  if (values.length <= 1) return [[...values]]
  return values.flatMap((value, at) => orders(values.toSpliced(at, 1)).map((rest) => [value, ...rest]))
}

test('T15: the same events in every order, applied one by one, lead to the same state', async () => {
  const kinds: [string, Event][] = [
    ['processed', {}],
    ['deferred', { response: '452 try later' }],
    ['delivered', {}],
    ['bounce', BOUNCE],
  ]
  const ends = new Set<string>()
  for (const [at, order] of orders(kinds).entries()) {
    const { id } = await sentDelivery(store.db, `n${at}@example.net`, { state: at % 2 === 0 ? 'sent' : 'in_doubt' })
    for (const [kind, more] of order) {
      await call([event(id, kind, more)])
      await apply()
    }
    ends.add(JSON.stringify(await deliveryState(store.db, id)))
  }
  expect([...ends]).toEqual([JSON.stringify({ state: 'bounced', reason: 'no_mailbox' })])
  expect(await suppressions(store.db)).toHaveLength(24)
})

describe('an event', () => {
  test.each(['processed', 'deferred', 'delivered', 'open', 'click'])('%s resolves doubt', async (kind) => {
    const { id } = await sentDelivery(store.db, 'ana@example.net', { state: 'in_doubt' })
    await call([event(id, kind)])
    await apply()
    expect(await deliveryState(store.db, id)).toEqual({ state: 'sent', reason: null })
    expect(await outcomes()).toEqual(['resolved'])
  })

  const acts: [kind: string, more: Event, state: string, reason: string | null, suppressed: string[]][] = [
    ['bounce', BOUNCE, 'bounced', 'no_mailbox', ['hard_bounce']],
    ['bounce', { type: 'blocked', reason: '554 5.7.1 blocked using zen.spamhaus.org' }, 'bounced', 'block', []],
    ['bounce', { reason: '552 5.2.2 mailbox full' }, 'bounced', 'mailbox', []],
    [
      'bounce',
      { reason: 'no words', bounce_classification: 'Invalid Address' },
      'bounced',
      'no_mailbox',
      ['hard_bounce'],
    ],
    ['dropped', { reason: 'Bounced Address' }, 'bounced', 'no_mailbox', ['hard_bounce']],
    ['dropped', { reason: 'Unsubscribed Address' }, 'bounced', 'dropped', ['unsubscribe']],
    ['dropped', { reason: 'Spam Reporting Address' }, 'bounced', 'dropped', ['complaint']],
    ['dropped', { reason: 'Recipient List over Package Quota' }, 'bounced', 'configuration', []],
    ['spamreport', {}, 'sent', null, ['complaint']],
    ['unsubscribe', {}, 'sent', null, ['unsubscribe']],
    ['group_unsubscribe', {}, 'sent', null, ['unsubscribe']],
    ['group_resubscribe', {}, 'sent', null, []],
  ]
  test.each(acts)('%s %j: %s', async (kind, more, state, reason, suppressed) => {
    const { id } = await sentDelivery(store.db, 'ana@example.net')
    await call([event(id, kind, more)])
    await apply()
    expect(await deliveryState(store.db, id)).toEqual({ state, reason })
    expect((await suppressions(store.db)).map((each) => each.reason)).toEqual(suppressed)
  })

  test('about a message that is being sent waits until it is settled', async () => {
    const { id } = await sentDelivery(store.db, 'ana@example.net')
    await sql`UPDATE delivery SET state = 'sending', sent_at = NULL, lease_until = now() + interval '1 minute' WHERE id = ${id}`.execute(
      store.db,
    )
    await call([event(id, 'bounce', BOUNCE), event(id, 'processed')])
    expect(await apply()).toBe(0)
    await sql`UPDATE delivery SET state = 'sent', sent_at = now(), lease_until = NULL WHERE id = ${id}`.execute(
      store.db,
    )
    expect(await apply()).toBe(2)
    expect((await deliveryState(store.db, id)).state).toBe('bounced')
  })

  test('about an old message changes nothing', async () => {
    const { id } = await sentDelivery(store.db, 'ana@example.net', { daysAgo: 31 })
    await call([event(id, 'bounce', BOUNCE), event(id, 'spamreport')])
    await apply()
    expect(new Set(await outcomes())).toEqual(new Set(['old']))
    expect(await suppressions(store.db)).toEqual([])
  })
})

test('a key that is none is named as such', () => {
  expect(() => webhookKey('bm9uc2Vuc2U=')).toThrow('ROLLCALL_SENDGRID_WEBHOOK_KEY')
})
