// What follows from a returned mail: the delivery ends, the address rests, and nothing follows from what proves nothing.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { applyWaiting, receiveMail, type Followed } from '../../src/feedback/receive-mail.ts'
import { keepMail } from '../../src/feedback/feedback-mails.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { complaint, dsn, letter } from './mails.ts'
import { deliveryState, intakeOf, sentDelivery, suppressions } from './sent-campaign.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query(
    'TRUNCATE subscriber, suppression, campaign, delivery, attempt, opt_out, consent_event, feedback_mail CASCADE',
  )
})

const USER_UNKNOWN = { diagnostic: '550 5.1.1 User unknown' }
const FULL = { status: '5.2.2', diagnostic: '552 5.2.2 mailbox full' }

/** Brings the mail and returns the words for what followed. */
async function receive(bytes: Buffer, envelopeTo: string | null = null): Promise<Followed['outcome'][]> {
  const followed = await receiveMail(intakeOf(store.db), { bytes, envelopeTo, source: 'smtp' })
  return followed.map((each) => each.outcome)
}

describe('a report that proves which delivery it is about', () => {
  test('ends it and suppresses a missing mailbox at once', async () => {
    const { id, bounceTo } = await sentDelivery(store.db, 'ana@example.net')
    expect(await receive(dsn(USER_UNKNOWN), bounceTo)).toEqual(['suppressed'])
    expect(await deliveryState(store.db, id)).toEqual({ state: 'bounced', reason: 'no_mailbox' })
    expect(await suppressions(store.db)).toEqual([{ reason: 'hard_bounce', channel: 'bounce' }])
  })

  test('is found by the To of the report, the returned header, and Message-ID with recipient', async () => {
    const one = await sentDelivery(store.db, 'one@example.net')
    const two = await sentDelivery(store.db, 'two@example.net')
    const three = await sentDelivery(store.db, 'three@example.net')
    await receive(dsn({ ...FULL, to: one.bounceTo.toUpperCase() }))
    await receive(dsn({ ...FULL, returned: `X-Rollcall-Delivery: ${two.token}` }))
    await receive(
      dsn({
        ...FULL,
        recipient: three.address,
        returned: `Message-ID: <m-${three.campaignId}@alerts.example.org>`,
      }),
    )
    const rows = await store.db
      .selectFrom('feedback_report')
      .select(['proof', 'delivery_id'])
      .orderBy('mail_id')
      .execute()
    expect(rows).toEqual([
      { proof: 'address', delivery_id: one.id },
      { proof: 'header', delivery_id: two.id },
      { proof: 'message_id', delivery_id: three.id },
    ])
    expect((await deliveryState(store.db, three.id)).state).toBe('bounced')
  })

  test.each([
    ['5.7.1', '550 5.7.1 blocked using zen.spamhaus.org', 'block'],
    ['5.6.0', '554 5.6.0 message contains a virus', 'content'],
    ['5.1.8', '550 5.1.8 sender address rejected', 'config'],
  ])('of %s leaves the address alone and raises an alarm', async (status, diagnostic, found) => {
    const { id, bounceTo, campaignId } = await sentDelivery(store.db, 'ana@example.net')
    expect(await receive(dsn({ status, diagnostic }), bounceTo)).toEqual(['bounced'])
    await receive(dsn({ status, diagnostic, prose: 'once more' }), bounceTo)
    expect((await deliveryState(store.db, id)).state).toBe('bounced')
    expect(await suppressions(store.db)).toEqual([])
    const alarms = await store.db.selectFrom('feedback_alarm').select(['campaign_id', 'class', 'count']).execute()
    expect(alarms).toEqual([{ campaign_id: campaignId, class: found, count: 1 }])
    const events = await store.db
      .selectFrom('campaign_event')
      .select('act')
      .where('campaign_id', '=', campaignId)
      .execute()
    expect(events).toEqual([{ act: 'alarm' }])
  })

  test('of a delay, an absence or a receipt changes nothing but doubt', async () => {
    const { id, bounceTo } = await sentDelivery(store.db, 'ana@example.net')
    const away = letter('From: ana@example.net\nAuto-Submitted: auto-replied\nSubject: away', 'mailbox full')
    expect(await receive(dsn({ action: 'delayed', status: '4.1.1' }), bounceTo)).toEqual(['noted'])
    expect(await receive(away, bounceTo)).toEqual(['noted'])
    expect(await receive(dsn({ action: 'delivered', status: '2.0.0' }), bounceTo)).toEqual(['noted'])
    expect((await deliveryState(store.db, id)).state).toBe('sent')
    const doubt = await sentDelivery(store.db, 'bo@example.net', { state: 'in_doubt' })
    expect(await receive(dsn({ action: 'delayed', status: '4.4.1' }), doubt.bounceTo)).toEqual(['resolved'])
    expect((await deliveryState(store.db, doubt.id)).state).toBe('sent')
  })

  test('resolves a delivery in doubt and ends it', async () => {
    const { id, bounceTo } = await sentDelivery(store.db, 'ana@example.net', { state: 'in_doubt' })
    expect(await receive(dsn(USER_UNKNOWN), bounceTo)).toEqual(['suppressed'])
    expect((await deliveryState(store.db, id)).state).toBe('bounced')
  })

  test('suppresses but does not move a delivery that is due again', async () => {
    const { id, bounceTo } = await sentDelivery(store.db, 'ana@example.net', { state: 'pending' })
    expect(await receive(dsn(USER_UNKNOWN), bounceTo)).toEqual(['suppressed'])
    expect((await deliveryState(store.db, id)).state).toBe('pending')
  })

  test('for one of many members of an alias does not suppress the alias', async () => {
    const { bounceTo } = await sentDelivery(store.db, 'all@example.net')
    const text = dsn({ ...USER_UNKNOWN, recipient: 'gone@example.net' })
      .toString()
      .replace(
        'Status: 5.1.1',
        'Status: 5.1.1\r\n\r\nFinal-Recipient: rfc822; bo@example.net\r\nAction: delivered\r\nStatus: 2.0.0',
      )
    await receive(Buffer.from(text), bounceTo)
    expect(await suppressions(store.db)).toEqual([])
  })
})

describe('a complaint', () => {
  test('suppresses at once and stands in the log of wishes; the message was sent', async () => {
    const { id, token } = await sentDelivery(store.db, 'ana@example.net')
    const bytes = complaint('abuse', { returned: `X-Rollcall-Delivery: ${token}` })
    expect(await receive(bytes)).toEqual(['suppressed'])
    expect((await deliveryState(store.db, id)).state).toBe('sent')
    expect(await suppressions(store.db)).toEqual([{ reason: 'complaint', channel: 'complaint' }])
    const wishes = await store.db.selectFrom('opt_out').select(['channel']).execute()
    expect(wishes).toEqual([{ channel: 'complaint' }])
  })

  test.each(['not-spam', 'auth-failure'])('of type %s is none', async (type) => {
    const { token } = await sentDelivery(store.db, 'ana@example.net')
    await receive(complaint(type, { returned: `X-Rollcall-Delivery: ${token}` }))
    expect(await suppressions(store.db)).toEqual([])
  })
})

test('mail to unsub+TOKEN unsubscribes, whatever it says', async () => {
  const { unsubscribeTo } = await sentDelivery(store.db, 'ana@example.net')
  const bytes = letter('From: ana@example.net\nAuto-Submitted: auto-replied\nSubject: unsubscribe', '')
  expect(await receive(bytes, unsubscribeTo)).toEqual(['unsubscribed'])
  expect(await suppressions(store.db)).toEqual([{ reason: 'unsubscribe', channel: 'mailto' }])
})

describe('a reply', () => {
  const reply = (from: string, answers: string, text: string, subject = 'Re: our alert'): Buffer =>
    letter(`From: Ana <${from}>\nTo: hello@example.org\nIn-Reply-To: <${answers}>\nSubject: ${subject}`, text)

  test.each([
    'Unsubscribe',
    'please take me off your list!\n\nOn Mon, Nov 9, 2026 at 6:00 PM us@example.org wrote:\n> Dear Ana',
    'Please remove me from this mailing list.\n\nAna',
    'STOP',
    'Por favor\nDarme de baja de la lista',
  ])('of somebody who wants to leave unsubscribes: %j', async (text) => {
    const { campaignId } = await sentDelivery(store.db, 'ana@example.net')
    const answers = `m-${campaignId}@alerts.example.org`
    expect(await receive(reply('ana@example.net', answers, text))).toEqual(['unsubscribed'])
    expect(await suppressions(store.db)).toEqual([{ reason: 'unsubscribe', channel: 'reply' }])
  })

  test.each([
    'I called this morning. How do I stop this bill?',
    'Stop the dam! I called and they were friendly, but the senator has not decided.',
    'Please do not unsubscribe me, I like your alerts.',
    'My sister wants you to remove her from the list',
    `Take me off this list? No! ${'I have a long story about my senator. '.repeat(20)}`,
  ])('of somebody who says something else is a letter: %j', async (text) => {
    const { campaignId } = await sentDelivery(store.db, 'ana@example.net')
    await receive(reply('ana@example.net', `m-${campaignId}@alerts.example.org`, text))
    expect(await suppressions(store.db)).toEqual([])
  })

  test('T21: of a stranger, or to a message that was another’s, unsubscribes nobody', async () => {
    const { campaignId } = await sentDelivery(store.db, 'ana@example.net')
    await sentDelivery(store.db, 'bo@example.net')
    const answers = `m-${campaignId}@alerts.example.org`
    expect(await receive(reply('bo@example.net', answers, 'unsubscribe'))).toEqual(['uncorrelated'])
    expect(await receive(reply('ana@example.net', 'm-guess@alerts.example.org', 'unsubscribe'))).toEqual([
      'uncorrelated',
    ])
    expect(await suppressions(store.db)).toEqual([])
  })
})

describe('a mailbox that is full', () => {
  async function fullAgo(...days: number[]): Promise<Followed['outcome'][]> {
    const outcomes: Followed['outcome'][] = []
    for (const daysAgo of days) {
      const { bounceTo } = await sentDelivery(store.db, 'ana@example.net', { daysAgo })
      outcomes.push(...(await receive(dsn(FULL), bounceTo)))
    }
    return outcomes
  }

  test('is given up after three bounces over fifteen days', async () => {
    expect(await fullAgo(20, 10, 1)).toEqual(['bounced', 'bounced', 'suppressed'])
  })
  test('is kept when they come within days', async () => {
    expect(await fullAgo(9, 5, 1)).toEqual(['bounced', 'bounced', 'bounced'])
  })
  test('is kept when a message arrived between them', async () => {
    expect(await fullAgo(25, 20)).toEqual(['bounced', 'bounced'])
    await sentDelivery(store.db, 'ana@example.net', { daysAgo: 10 })
    expect(await fullAgo(2)).toEqual(['bounced'])
    expect(await suppressions(store.db)).toEqual([])
  })
  test('that refuses without a reason is given up on the second day', async () => {
    const refusal = { status: '5.0.0', diagnostic: '550 no' }
    const first = await sentDelivery(store.db, 'ana@example.net', { daysAgo: 3 })
    expect(await receive(dsn(refusal), first.bounceTo)).toEqual(['bounced'])
    const second = await sentDelivery(store.db, 'ana@example.net', { daysAgo: 1 })
    expect(await receive(dsn(refusal), second.bounceTo)).toEqual(['suppressed'])
  })
})

describe('T21: a report that proves nothing', () => {
  test('with a forged token, the right address and a bare delivery number changes nothing', async () => {
    const { id, address, bounceTo } = await sentDelivery(store.db, 'ana@example.net')
    const altered = bounceTo.replace(/\+(.)/, (_, letter: string) => `+${letter === 'a' ? 'b' : 'a'}`)
    expect(await receive(dsn({ ...USER_UNKNOWN, recipient: address }), altered)).toEqual(['uncorrelated'])
    expect(await receive(dsn({ ...USER_UNKNOWN, recipient: address, envelopeId: id }))).toEqual(['uncorrelated'])
    const wrongId = 'Message-ID: <m-other@alerts.example.org>'
    expect(await receive(dsn({ ...USER_UNKNOWN, recipient: address, returned: wrongId }))).toEqual(['uncorrelated'])
    expect(await receive(complaint('abuse', { returned: 'X-Rollcall-Delivery: 1' }))).toEqual(['uncorrelated'])
    expect((await deliveryState(store.db, id)).state).toBe('sent')
    expect(await suppressions(store.db)).toEqual([])
    const guesses = await store.db.selectFrom('feedback_report').select(['delivery_id', 'proof']).execute()
    expect(guesses).toEqual(Array.from({ length: 4 }, () => ({ delivery_id: id, proof: null })))
  })

  test('with a token of another purpose changes nothing', async () => {
    const { unsubscribeTo } = await sentDelivery(store.db, 'ana@example.net')
    expect(await receive(dsn(USER_UNKNOWN), unsubscribeTo.replace('unsub+', 'b+'))).toEqual(['uncorrelated'])
    expect(await suppressions(store.db)).toEqual([])
  })

  test('about a message of more than 30 days ago is kept and changes nothing', async () => {
    const { id, bounceTo } = await sentDelivery(store.db, 'ana@example.net', { daysAgo: 31 })
    expect(await receive(dsn(USER_UNKNOWN), bounceTo)).toEqual(['old'])
    expect(await receive(complaint('abuse'), bounceTo)).toEqual(['old'])
    expect((await deliveryState(store.db, id)).state).toBe('sent')
    expect(await suppressions(store.db)).toEqual([])
  })
})

test('the same mail twice changes nothing', async () => {
  const { bounceTo } = await sentDelivery(store.db, 'ana@example.net')
  expect(await receive(dsn(USER_UNKNOWN), bounceTo)).toEqual(['suppressed'])
  expect(await receive(dsn(USER_UNKNOWN), bounceTo)).toEqual(['known'])
  expect(await receive(dsn({ ...USER_UNKNOWN, prose: 'the same failure, another mail' }), bounceTo)).toEqual(['noted'])
  const { count } = await store.db
    .selectFrom('feedback_report')
    .select((each) => each.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  expect(count).toBe('2')
})

test('a mail that was kept before a crash is applied later, once', async () => {
  const { id, bounceTo } = await sentDelivery(store.db, 'ana@example.net')
  await keepMail(store.db, { bytes: dsn(USER_UNKNOWN), envelopeTo: bounceTo, source: 'smtp' }, 60)
  expect(await applyWaiting(intakeOf(store.db), memoryLog())).toBe(1)
  expect(await applyWaiting(intakeOf(store.db), memoryLog())).toBe(0)
  expect((await deliveryState(store.db, id)).state).toBe('bounced')
})

test('what is kept of a report holds no address', async () => {
  const { bounceTo } = await sentDelivery(store.db, 'ana@example.net')
  await receive(dsn(USER_UNKNOWN), bounceTo)
  const reports = await store.db.selectFrom('feedback_report').selectAll().execute()
  expect(reports).toHaveLength(1)
  expect(JSON.stringify(reports)).not.toContain('@')
})
