// The mailbox takes what is addressed to us and nothing else; what it took is kept, and applied.
import { setTimeout as sleep } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { waitingMails } from '../../src/feedback/feedback-mails.ts'
import { startMailbox, type Mailbox } from '../../src/feedback/listen.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { dsn, letter } from './mails.ts'
import { deliveryState, intakeOf, sentDelivery, suppressions } from './sent-campaign.ts'

let store: Store
let mailbox: Mailbox
const log = memoryLog()
beforeAll(async () => {
  store = await testDatabase()
  mailbox = await startMailbox(intakeOf(store.db), log, {
    host: '127.0.0.1',
    port: 0,
    domain: 'bounce.rollcall.example',
    mailboxes: ['fbl'],
    largest: 100_000,
  })
})
afterAll(async () => {
  await mailbox[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})
beforeEach(async () => {
  // What the last test brought is applied in the background, and holds its locks until then.
  await until(async () => (await waitingMails(store.db, '0', 1)).length === 0)
  await store.pool.query('TRUNCATE subscriber, suppression, campaign, delivery, opt_out, feedback_mail CASCADE')
})

const USER_UNKNOWN = dsn({ diagnostic: '550 5.1.1 User unknown' })

/** Brings the mail with an empty sender, as mail servers do; returns the code of the answer. */
async function bring(to: string, raw: Buffer): Promise<number> {
  const transport = createTransport({ host: '127.0.0.1', port: mailbox.port, ignoreTLS: true })
  try {
    await transport.sendMail({ envelope: { from: '', to: [to] }, raw })
    return 250
  } catch (error) {
    return (error as { responseCode?: number }).responseCode ?? 0
  } finally {
    transport.close()
  }
}

async function until(reached: () => Promise<boolean>): Promise<void> {
  while (!(await reached())) await sleep(20)
}

test('a bounce is kept before it is acknowledged, and applied', async () => {
  const { id, bounceTo } = await sentDelivery(store.db, 'ana@example.net')
  expect(await bring(bounceTo, USER_UNKNOWN)).toBe(250)
  expect(await store.db.selectFrom('feedback_mail').select('envelope_to').execute()).toEqual([
    { envelope_to: bounceTo },
  ])
  await until(async () => (await deliveryState(store.db, id)).state === 'bounced')
  await until(async () => (await suppressions(store.db)).length === 1)
})

test('mail to unsub+TOKEN unsubscribes', async () => {
  const { unsubscribeTo } = await sentDelivery(store.db, 'ana@example.net')
  expect(await bring(unsubscribeTo, letter('From: ana@example.net\nSubject: unsubscribe', ''))).toBe(250)
  await until(async () => (await suppressions(store.db)).length === 1)
  expect(await suppressions(store.db)).toEqual([{ reason: 'unsubscribe', channel: 'mailto' }])
})

test('T21: an address that we did not sign is refused, and so is any other', async () => {
  const { bounceTo } = await sentDelivery(store.db, 'ana@example.net')
  const altered = bounceTo.replace(/\+(.)/, (_, letter: string) => `+${letter === 'a' ? 'b' : 'a'}`)
  for (const to of [
    altered,
    bounceTo.replace('rollcall', 'other'),
    bounceTo.replace('b+', 'unsub+'),
    'postbox@bounce.rollcall.example',
    'fbl@other.example',
  ])
    expect([to, await bring(to, USER_UNKNOWN)]).toEqual([to, 550])
  expect(await store.db.selectFrom('feedback_mail').select('id').execute()).toEqual([])
})

test('the mailbox for complaint feeds is open, whatever its case', async () => {
  expect(await bring('FBL@bounce.rollcall.example', USER_UNKNOWN)).toBe(250)
})

test('T22: a mail that is too large is refused and not kept', async () => {
  const { bounceTo } = await sentDelivery(store.db, 'ana@example.net')
  expect(await bring(bounceTo, letter('Subject: x', 'long line\n'.repeat(20_000)))).toBe(552)
  expect(await store.db.selectFrom('feedback_mail').select('id').execute()).toEqual([])
})

test('T20: what it logs holds no address and no token', async () => {
  expect(JSON.stringify(log.lines)).not.toMatch(/@|\+[a-z2-7]{30}/)
})

test('a port that is taken is named', async () => {
  const options = { host: '127.0.0.1', port: mailbox.port, domain: 'bounce.rollcall.example', mailboxes: [] }
  await expect(startMailbox(intakeOf(store.db), log, options)).rejects.toThrow(`127.0.0.1:${mailbox.port}`)
})
