// A worker applies what came back and waits, whoever kept it.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepMail } from '../../src/feedback/feedback-mails.ts'
import { keepHearing } from '../../src/queue/sweeper.ts'
import type { Store } from '../../src/store/connect.ts'
import { dsn } from '../feedback/mails.ts'
import { deliveryState, intakeOf, sentDelivery } from '../feedback/sent-campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

test('a kept mail and a kept event are applied, and the loop ends when it is told to', async () => {
  const mailed = await sentDelivery(store.db, 'ana@example.net')
  const doubted = await sentDelivery(store.db, 'bo@example.net', { state: 'in_doubt' })
  const bytes = dsn({ diagnostic: '550 5.1.1 User unknown' })
  await keepMail(store.db, { bytes, envelopeTo: mailed.bounceTo, source: 'smtp' }, 60)
  await store.pool.query(
    `INSERT INTO sendgrid_event (sg_event_id, event, occurred_at, delivery_id, body, body_until, received_at)
     VALUES ('e1', 'delivered', now(), $1, '{}', now() + interval '60 days', now())`,
    [doubted.id],
  )
  const stop = new AbortController()
  const log = memoryLog()
  const hearing = keepHearing(intakeOf(store.db), log, 10, stop.signal)
  const isDone = async (): Promise<boolean> =>
    (await deliveryState(store.db, mailed.id)).state === 'bounced' &&
    (await deliveryState(store.db, doubted.id)).state === 'sent'
  while (!(await isDone())) await sleep(10)
  stop.abort()
  await hearing
  expect(log.lines.filter((line) => line.level !== 'info')).toEqual([])
})
