// The whole loop: a campaign goes out, some of it comes back as bounces, complaints and a mail-in opt-out, and the next one knows.
import { sql } from 'kysely'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createComposer } from '../../src/campaign/composer.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { checkCompliance } from '../../src/compliance/check.ts'
import { deriveKey, tokenKeys } from '../../src/core/token.ts'
import { campaignReport } from '../../src/delivery/report.ts'
import { DEFAULT_PATIENCE } from '../../src/feedback/consequences.ts'
import { startMailbox, type Mailbox } from '../../src/feedback/listen.ts'
import type { Store } from '../../src/store/connect.ts'
import { complaint, dsn, letter } from '../feedback/mails.ts'
import { steeredWorker, until } from '../queue/steered-worker.ts'
import { states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { ACT, SECRET, SENDER, addSubscribers, approvedCampaign } from '../support/reference-campaign.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

const PEOPLE = 12
let store: Store
let sink: SmtpSink
let mailbox: Mailbox
beforeAll(async () => {
  store = await testDatabase({ reference: true, max: 20 })
  sink = await startSmtpSink()
  const secrets = { keys: tokenKeys(SECRET), addressKey: deriveKey(SECRET, 'rollcall address key v1') }
  const intake = { db: store.db, secrets, patience: DEFAULT_PATIENCE, keepDays: 60 }
  const where = { host: '127.0.0.1', port: 0, domain: SENDER.bounceDomain, mailboxes: ['fbl'] }
  mailbox = await startMailbox(intake, memoryLog(), where)
})
afterAll(async () => {
  await mailbox[Symbol.asyncDispose]()
  await sink[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

/** Launches the reference campaign to everybody and waits until the worker has nothing left to do. */
async function send(): Promise<string> {
  const id = await approvedCampaign(store.db)
  await launchCampaign(store.db, id, { ...ACT, expect: PEOPLE, transports: ['smtp'] })
  await using worker = await steeredWorker({
    store,
    log: memoryLog(),
    relays: { smtp: sink.url },
    composer: createComposer(store.db, SENDER),
  })
  await worker.drained()
  return id
}

/** Brings a mail to our mailbox as the mail server of a receiver does. */
async function bring(to: string, raw: Buffer): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: mailbox.port, ignoreTLS: true })
  await transport.sendMail({ envelope: { from: '', to: [to] }, raw })
  transport.close()
}

test('bounces, complaints and a mail-in opt-out change the ledger, the report and the next launch', async () => {
  await addSubscribers(
    store.db,
    Array.from({ length: PEOPLE }, () => '97212'),
  )
  const first = await send()
  expect(await states(store.db, first)).toEqual({ sent: PEOPLE })
  const messages = sink.accepted.slice()

  for (const { mailFrom, recipient } of messages.slice(0, 3))
    await bring(mailFrom, dsn({ recipient, diagnostic: '550 5.1.1 User unknown' }))
  // These come to another mailbox of ours, and only the ENVID that we gave the server says what they are about.
  for (const { dsn: asked, recipient } of messages.slice(3, 5)) {
    const full = { status: '5.2.2', diagnostic: '552 5.2.2 mailbox full', envelopeId: asked.envid ?? '' }
    await bring(`fbl@${SENDER.bounceDomain}`, dsn({ recipient, ...full }))
  }
  for (const { raw } of messages.slice(5, 7)) {
    const token = /^X-Rollcall-Delivery: (\S+)/m.exec(raw.toString('latin1'))?.[1] ?? ''
    await bring(`fbl@${SENDER.bounceDomain}`, complaint('abuse', { returned: `X-Rollcall-Delivery: ${token}` }))
  }
  // What List-Unsubscribe offers to programs that write a mail.
  const mailto = /<mailto:([^?>]+)/.exec(messages[7]?.raw.toString('latin1') ?? '')?.[1] ?? ''
  await bring(mailto, letter('From: sam@example.org\nSubject: unsubscribe', 'unsubscribe'))

  await until('every mail is applied', async () => {
    const { rows } = await sql<{
      done: number
    }>`SELECT count(*) FILTER (WHERE applied_at IS NOT NULL)::int AS done FROM feedback_mail`.execute(store.db)
    return rows[0]?.done === 8
  })
  expect(await states(store.db, first)).toEqual({ bounced: 5, sent: PEOPLE - 5 })
  const { rows } = await sql<{ reason: string; channel: string; count: number }>`
    SELECT reason, channel, count(*)::int AS count FROM suppression GROUP BY 1, 2 ORDER BY 1`.execute(store.db)
  expect(rows).toEqual([
    { reason: 'complaint', channel: 'complaint', count: 2 },
    { reason: 'hard_bounce', channel: 'bounce', count: 3 },
    { reason: 'unsubscribe', channel: 'mailto', count: 1 },
  ])
  expect((await campaignReport(store.db, first)).deliveries).toMatchObject({ bounced: 5, sent: PEOPLE - 5 })

  const second = await send()
  // The full mailboxes are written to again; the others are not.
  expect(await states(store.db, second)).toEqual({ sent: PEOPLE - 6, skipped: 6 })
  expect(sink.accepted).toHaveLength(PEOPLE + PEOPLE - 6)
  expect(await checkCompliance(store.db, new Date())).toMatchObject({
    isSound: true,
    sendsAfterOptOut: 0,
    latency: { wishes: 3 },
  })
})
