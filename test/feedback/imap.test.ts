// Returned mail from a mailbox: everything once, marked when it is kept, whatever breaks in between.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fetchMails } from '../../src/feedback/imap.ts'
import { parseImapUrl } from '../../src/feedback/imap-url.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { noDovecot, startDovecot, type Dovecot } from '../support/dovecot.ts'
import { memoryLog } from '../support/memory-log.ts'
import { complaint, dsn } from './mails.ts'
import { deliveryState, intakeOf, sentDelivery, suppressions } from './sent-campaign.ts'

const PASSWORD = 'open/sesame'
const HERE = noDovecot === null

if (!HERE) console.warn(`skipped: ${noDovecot}`)

let store: Store
let dovecot: Dovecot
beforeAll(async () => {
  store = await testDatabase()
  if (HERE) dovecot = await startDovecot(PASSWORD)
})
afterAll(async () => {
  if (HERE) await dovecot[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await store.pool.query(
    'TRUNCATE subscriber, suppression, campaign, delivery, attempt, opt_out, consent_event, feedback_mail CASCADE',
  )
})

const fetchAll = async (url = dovecot.url) => await fetchMails(intakeOf(store.db), memoryLog(), parseImapUrl(url))

test.runIf(HERE)('what lies in the mailbox is fetched once, and followed', async () => {
  const one = await sentDelivery(store.db, 'one@example.net')
  const two = await sentDelivery(store.db, 'two@example.net')
  await dovecot.deliver(dsn({ to: one.bounceTo, diagnostic: '550 5.1.1 User unknown' }))
  await dovecot.deliver(complaint('abuse', { returned: `X-Rollcall-Delivery: ${two.token}` }))
  expect(await fetchAll()).toEqual({ fetched: 2, left: 0 })
  expect(await deliveryState(store.db, one.id)).toEqual({ state: 'bounced', reason: 'no_mailbox' })
  expect((await suppressions(store.db)).map(({ reason }) => reason).toSorted()).toEqual(['complaint', 'hard_bounce'])
  expect(await fetchAll()).toEqual({ fetched: 0, left: 0 })
})

test.runIf(HERE)('a mail that could not be kept stays unseen and is fetched the next time', async () => {
  const { id, bounceTo } = await sentDelivery(store.db, 'three@example.net')
  await dovecot.deliver(dsn({ to: bounceTo, diagnostic: '550 5.1.1 User unknown' }))
  await store.pool.query('ALTER TABLE feedback_mail RENAME TO away')
  try {
    await expect(fetchAll()).rejects.toMatchObject({ code: 'imap_unusable' })
  } finally {
    await store.pool.query('ALTER TABLE away RENAME TO feedback_mail')
  }
  expect(await fetchAll()).toEqual({ fetched: 1, left: 0 })
  expect((await deliveryState(store.db, id)).state).toBe('bounced')
})

test.runIf(HERE)('a mail too large for a report is left where it is, seen', async () => {
  await dovecot.deliver(Buffer.concat([dsn(), Buffer.alloc(10_100_000, 'x\r\n')]))
  expect(await fetchAll()).toEqual({ fetched: 0, left: 1 })
  expect(await fetchAll()).toEqual({ fetched: 0, left: 0 })
})

test.runIf(HERE)('a wrong password says so, without the password', async () => {
  const wrong = dovecot.url.replace(encodeURIComponent(PASSWORD), 'guessed')
  await expect(fetchAll(wrong)).rejects.toMatchObject({ code: 'imap_unusable' })
  await expect(fetchAll(wrong)).rejects.not.toThrow(/guessed/)
})

test.each([
  ['https://sam:x@example.org/', 'no imaps:// or imap:// URL'],
  ['imaps://example.org/', 'user or password is missing'],
  ['imaps://sam@example.org/', 'user or password is missing'],
  ['imaps://sam:secret-word@example.org/INBOX?x=1', 'something after the folder'],
])('%s is refused: %s', (url, why) => {
  expect(() => parseImapUrl(url)).toThrow(why)
  expect(() => parseImapUrl(url)).not.toThrow(/secret-word/)
})

test('TLS is a must but for this machine', () => {
  expect(parseImapUrl('imaps://sam:p%2Fw@mail.example.org/Bounces')).toMatchObject({
    port: 993,
    tls: 'implicit',
    folder: 'Bounces',
  })
  expect(parseImapUrl('imap://sam:pw@mail.example.org')).toMatchObject({ port: 143, tls: 'starttls', folder: 'INBOX' })
  expect(parseImapUrl('imap://sam:p%2Fw@localhost').password()).toBe('p/w')
  expect(parseImapUrl('imap://sam:pw@localhost').tls).toBe('none')
})
