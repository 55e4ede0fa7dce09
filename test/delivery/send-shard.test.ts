// The send loop against a real SMTP server that behaves as the address says (rules 2, 4, 5, 7, 8 and 10; threats T19, T26).
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Composer } from '../../src/campaign/composer.ts'
import { pausedLanes, resumeLane } from '../../src/delivery/lanes.ts'
import { declareLimits, NO_LIMITS } from '../../src/delivery/throttles.ts'
import { createSender, type SenderOptions } from '../../src/delivery/sender.ts'
import { drainShard, type DrainEnd } from '../../src/delivery/send-shard.ts'
import { sweep } from '../../src/delivery/sweep.ts'
import { createSmtpTransport } from '../../src/delivery/transports/smtp.ts'
import type { Store } from '../../src/store/connect.ts'
import { attempts, keyOf, launchedCampaign, ledger, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { plainComposer, POISON } from '../support/plain-composer.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

const AT_ONCE = { resendAfterMs: 0 }

let store: Store
let sink: SmtpSink
beforeAll(async () => {
  store = await testDatabase()
  sink = await startSmtpSink({ slowMs: 400 })
})
afterAll(async () => {
  await sink[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

interface DrainOptions extends Partial<SenderOptions> {
  composer?: Composer
  stop?: AbortController
  cut?: AbortController
  connections?: number
}

async function drain(campaignId: string, options: DrainOptions = {}): Promise<DrainEnd> {
  const {
    composer = plainComposer(),
    stop = new AbortController(),
    cut = new AbortController(),
    connections = 4,
    ...send
  } = options
  await using transport = createSmtpTransport({ url: sink.url, connections })
  await using sender = createSender({
    db: store.db,
    transport,
    composer,
    log: memoryLog(),
    options: send,
    random: () => 0,
  })
  return await drainShard(sender, { campaignId, shard: 0 }, { stop: stop.signal, cut: cut.signal })
}

const smtpCampaign = async (addresses: number | string[], more: object = {}) =>
  await launchedCampaign(store.db, { addresses, transport: 'smtp', ...more })
const stored = (address: string) => sink.accepted.filter((message) => message.recipient === address)
const outcome = async (id: string) =>
  (await ledger(store.db, id)).map((row) => [row.state, row.reason].filter(Boolean).join(' '))

test('everybody is sent once: ledger and the sink’s own log agree on every Message-ID, recipient and hash', async () => {
  const id = await smtpCampaign(120)
  expect(await drain(id)).toBe('drained')
  const rows = await ledger(store.db, id)
  for (const row of rows) {
    expect(stored(row.address).map((message) => message.messageId)).toEqual([row.message_id])
    expect(row).toMatchObject({ state: 'sent', attempt: 1, fence: '1' })
  }
  const bytes = stored(rows[0]!.address)[0]!.raw
  const sent = bytes.subarray(0, bytes.length)
  expect([sent, sent.subarray(0, -2)].map((raw) => createHash('sha256').update(raw).digest('hex'))).toContain(
    rows[0]!.raw_sha256?.toString('hex'),
  )
})

test('rules 7 and 10: who pays is who is at fault, and every ending leaves an attempt with the reply', async () => {
  const id = await smtpCampaign([
    'busy-450@pay.example.org',
    'unknown-550@pay.example.org',
    'full-552@pay.example.org',
    'fine@pay.example.org',
  ])
  await drain(id)
  expect(await outcome(id)).toEqual([
    expect.stringMatching(/^deferred/),
    'bounced no_mailbox',
    'bounced mailbox',
    'sent',
  ])
  const reasons = await store.db
    .selectFrom('suppression')
    .select('address_key')
    .where('reason', '=', 'hard_bounce')
    .execute()
  expect(reasons.map((row) => row.address_key)).toEqual([keyOf('unknown-550@pay.example.org')])
  const rows = await attempts(store.db, id)
  expect(rows.map((row) => `${row.ending} ${row.reply_code}`)).toEqual([
    'deferred 450',
    'bounced 550',
    'bounced 552',
    'sent 250',
  ])
  for (const row of rows) expect(`${row.reply_text} ${row.sentence}`).not.toContain('pay.example.org')
  const waits = await store.db
    .selectFrom('delivery')
    .select('next_at')
    .where('campaign_id', '=', id)
    .where('state', '=', 'deferred')
    .execute()
  expect(waits[0]!.next_at!.getTime()).toBeGreaterThan(Date.now() + 50_000)
})

test('T26: a retry that would come after the deadline ends as failed(deadline)', async () => {
  const id = await smtpCampaign(['later-451@late.example.org'], { expiresInMs: 30_000 })
  await drain(id)
  expect(await outcome(id)).toEqual(['failed deadline'])
})

test('rule 5: broken before the dot is a safe retry, broken after it is doubt and held', async () => {
  const id = await smtpCampaign([
    'drop-at-rcpt@five.example.org',
    'lost-after-dot@five.example.org',
    'drop-after-dot@five.example.org',
  ])
  await drain(id, { connections: 1 })
  expect(await outcome(id)).toEqual(['deferred broken', 'in_doubt no_reply', 'in_doubt no_reply'])
  await sweep(store.db, AT_ONCE)
  await drain(id)
  expect(stored('drop-after-dot@five.example.org')).toHaveLength(1)
  expect((await outcome(id)).slice(1)).toEqual(['in_doubt no_reply', 'in_doubt no_reply'])
})

test('rule 4: policy RESEND sends the same Message-ID and bytes again, and stops after a few', async () => {
  const id = await smtpCampaign(['drop-after-dot@resend.example.org'], { doubtPolicy: 'resend' })
  for (let n = 0; n < 8; n++) {
    await drain(id)
    await sweep(store.db, AT_ONCE)
  }
  const copies = stored('drop-after-dot@resend.example.org')
  expect(copies).toHaveLength(6)
  expect(new Set(copies.map((copy) => `${copy.messageId} ${copy.sha256}`)).size).toBe(1)
  expect(await outcome(id)).toEqual(['in_doubt no_reply'])
})

test('rule 4: a resend that would have other bytes, because the subscriber changed, is held', async () => {
  const id = await smtpCampaign(['drop-after-dot@changed.example.org'], { doubtPolicy: 'resend' })
  await drain(id)
  await store.db
    .updateTable('subscriber')
    .set({ first_name: 'Grace' })
    .where('address', '=', 'drop-after-dot@changed.example.org')
    .execute()
  await sweep(store.db, AT_ONCE)
  await drain(id)
  await sweep(store.db, AT_ONCE)
  expect(stored('drop-after-dot@changed.example.org')).toHaveLength(1)
  expect(await outcome(id)).toEqual(['in_doubt changed'])
})

test('a subscriber who cannot be rendered ends alone; the others go on', async () => {
  const id = await smtpCampaign(['a@poison.example.org', 'b@poison.example.org', 'c@poison.example.org'])
  await poison('b@poison.example.org')
  await drain(id)
  expect(await outcome(id)).toEqual(['sent', 'failed unrenderable', 'sent'])
  expect((await attempts(store.db, id))[1]).toMatchObject({
    ending: 'failed',
    sentence: expect.stringContaining('cannot be rendered'),
  })
})

test('rule 7: after N messages that cannot be made the campaign pauses, and the rest is kept', async () => {
  const id = await smtpCampaign(40)
  await store.db.updateTable('subscriber').set({ first_name: POISON }).where('address', 'like', `${id}-%`).execute()
  await drain(id, { contentFailures: 3 })
  const campaign = await store.db
    .selectFrom('campaign')
    .select(['state', 'pause_reason'])
    .where('id', '=', id)
    .executeTakeFirst()
  expect(campaign).toMatchObject({ state: 'paused', pause_reason: expect.stringContaining('content') })
  expect((await states(store.db, id))['pending']).toBeGreaterThan(20)
})

test('rule 7: a block of us pauses the lane for everybody and costs the subscriber nothing', async () => {
  const id = await smtpCampaign([
    'blocked-554@lane.example.org',
    ...Array.from({ length: 40 }, (_, n) => `fine${n}@lane.example.org`),
  ])
  await drain(id, { connections: 1 })
  expect((await ledger(store.db, id))[0]).toMatchObject({ state: 'deferred', reason: 'block', attempt: 0 })
  expect((await attempts(store.db, id))[0]).toMatchObject({ ending: 'released', reply_code: 554 })
  expect(await pausedLanes(store.db)).toMatchObject([{ transport: 'smtp', reason: expect.stringContaining('block') }])
  expect((await states(store.db, id))['pending']).toBe(40)
  await resumeLane(store.db, 'smtp')
  await drain(id)
  expect((await states(store.db, id))['sent']).toBe(40)
})

test('rule 2: no more is claimed than the connections carry and the settle has in hand', async () => {
  const id = await smtpCampaign(Array.from({ length: 24 }, (_, n) => `slow@d${n}.example.org`))
  let most = 0
  const draining = drain(id, { connections: 3 })
  for (let ended = false; !ended;) {
    most = Math.max(most, (await states(store.db, id))['sending'] ?? 0)
    ended = await Promise.race([
      draining.then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, 20, false)),
    ])
  }
  expect(await states(store.db, id)).toEqual({ sent: 24 })
  expect(most).toBeGreaterThanOrEqual(3)
  expect(most).toBeLessThanOrEqual(6)
})

test('a stop lets what is in the air land and leaves the rest pending', async () => {
  const id = await smtpCampaign(Array.from({ length: 12 }, (_, n) => `slow@stop${n}.example.org`))
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 200)
  expect(await drain(id, { connections: 3, stop })).toBe('stopped')
  expect(await states(store.db, id)).toEqual({ sent: 3, pending: 9 })
})

test('a cut ends what is in the air: in doubt when the dot had left, and nobody is sent twice', async () => {
  const id = await smtpCampaign(['slow@cut.example.org'])
  const [stop, cut] = [new AbortController(), new AbortController()]
  setTimeout(() => {
    stop.abort()
    cut.abort()
  }, 200)
  await drain(id, { stop, cut })
  expect(await outcome(id)).toEqual(['in_doubt no_reply'])
})

test('rule 4: at the end of its lease a send is cut off, and whoever judges first says doubt', async () => {
  const id = await smtpCampaign(['slow@lease.example.org'])
  await drain(id, { leaseMs: 250 })
  await sweep(store.db, AT_ONCE)
  expect((await outcome(id))[0]).toMatch(/^in_doubt/)
})

test('T19: a kill switch that comes between claim and send still stops the message', async () => {
  const id = await smtpCampaign(4)
  const slow = plainComposer()
  const composer: Composer = {
    async compose(recipient) {
      await store.db.updateTable('kill_switch').set({ engaged: true }).execute()
      return await slow.compose(recipient)
    },
  }
  try {
    await drain(id, { composer, staleMs: 0 })
  } finally {
    await store.db.updateTable('kill_switch').set({ engaged: false }).execute()
  }
  expect(new Set(await outcome(id))).toEqual(new Set(['deferred released']))
  expect(sink.accepted.filter((message) => message.recipient.startsWith(id))).toEqual([])
})

test('two senders share one throttle', async () => {
  const id = await smtpCampaign(150)
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perSecond: 100 })
  const drainAll = async () => {
    while ((await drain(id)) === 'more');
  }
  await Promise.all([drainAll(), drainAll()])
  await declareLimits(store.db, 'smtp', NO_LIMITS)
  expect(await states(store.db, id)).toEqual({ sent: 150 })
  // The database's own clock: in no window of half a second more than its share and what may be caught up.
  const started = (await attempts(store.db, id)).map((attempt) => attempt.started_at.getTime()).sort((a, b) => a - b)
  const busiest = Math.max(...started.map((from) => started.filter((at) => at >= from && at < from + 500).length))
  expect(busiest).toBeLessThanOrEqual(110)
})

async function poison(address: string): Promise<void> {
  await store.db.updateTable('subscriber').set({ first_name: POISON }).where('address', '=', address).execute()
}
