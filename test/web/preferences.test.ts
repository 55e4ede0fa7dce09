// /p/TOKEN and the settings behind the mailed link: masked before, one use, both mailboxes told of a change (T11).
import { sql } from 'kysely'
import type { Email } from 'postal-mime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAddress } from '../../src/core/address.ts'
import { keyOf } from '../support/reference-campaign.ts'
import { launchedWeb, type LaunchedWeb } from '../support/launched-web.ts'
import { bodyOf, linkIn } from '../support/web.ts'

let here: LaunchedWeb
beforeAll(async () => {
  here = await launchedWeb(['97212', '92373', '20001', '10001', '97212', '92373'])
})
afterAll(() => here?.[Symbol.asyncDispose]())

interface Row {
  address: string
  first_name: string
  last_name: string
  zip: string | null
  plus4: string | null
}

async function personOf(person: number): Promise<Row | undefined> {
  const { rows } = await sql<Row>`
    SELECT address, first_name, last_name, zip, plus4 FROM subscriber WHERE id = ${here.subscriberOf(person)}`.execute(
    here.store.db,
  )
  return rows[0]
}

function addressesOf(mails: readonly Email[]): (string | undefined)[] {
  return mails.map((mail) => mail.to?.[0]?.address)
}

async function editLinkOf(person: number): Promise<string> {
  await here.web.mails()
  await here.web.post(here.pathOf('p', person))
  const [mail] = await here.web.mails()
  expect(mail?.to?.[0]?.address).toBe((await personOf(person))?.address)
  return linkIn(mail, '/c/')
}

const ALL_TOPICS = { topic_advocacy: 'on', topic_fundraising: 'on', topic_commercial: 'on', pause: 'none' }

test('the link of the message shows a masked address and nothing else of the person', async () => {
  const page = await bodyOf(here.web.app.request(here.pathOf('p', 0)))
  expect(page).toContain('s***@e***.org')
  for (const own of [here.addressOf(0), 'Sam', 'Sample', '97212']) expect(page).not.toContain(own)
})

test('the mailed link opens the form, saves once, and the ZIP forgets the seat chosen for the former one', async () => {
  const { db } = here.store
  await sql`
    INSERT INTO subscriber_seat (subscriber_id, map_id, seat_id, basis, resolved_at)
    VALUES (${here.subscriberOf(0)}, '115', 'US-H-OR-03', 'manual', now())`.execute(db)
  const link = await editLinkOf(0)
  const form = await bodyOf(here.web.app.request(link))
  for (const own of [here.addressOf(0), 'Sam', 'Sample', '97212']) expect(form).toContain(`value="${own}"`)
  const fields = { address: here.addressOf(0), first_name: 'Alma', last_name: "O'Brien", zip: '20001-1234' }
  const wrong = await here.web.post(link, { ...fields, ...ALL_TOPICS, zip: '9721' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('Write five digits')
  expect((await here.web.post(link, { ...fields, topic_advocacy: 'on', pause: '14' })).status).toBe(200)
  expect(await personOf(0)).toEqual({
    address: here.addressOf(0),
    first_name: 'Alma',
    last_name: "O'Brien",
    zip: '20001',
    plus4: '1234',
  })
  const { rows: seats } = await sql`SELECT FROM subscriber_seat WHERE subscriber_id = ${here.subscriberOf(0)}`.execute(
    db,
  )
  expect(seats).toEqual([])
  const { rows: wishes } = await sql<{ topics_off: string[]; paused_until: Date }>`
    SELECT topics_off, paused_until FROM subscriber_wish WHERE subscriber_id = ${here.subscriberOf(0)}`.execute(db)
  expect(wishes).toEqual([
    { topics_off: ['fundraising', 'commercial'], paused_until: new Date('2018-01-17T12:00:00Z') },
  ])
  const again = await here.web.post(link, { ...fields, ...ALL_TOPICS })
  expect(again.status).toBe(404)
  expect((await here.web.app.request(link)).status).toBe(404)
})

test('a pause that is running can be kept or ended', async () => {
  const fields = { address: here.addressOf(0), first_name: 'Alma', last_name: '', zip: '20001' }
  const keep = await editLinkOf(0)
  expect(await bodyOf(here.web.app.request(keep))).toContain('Paused until January 17, 2018')
  await here.web.post(keep, { ...fields, topic_advocacy: 'on', pause: 'keep' })
  const end = await editLinkOf(0)
  expect(await bodyOf(here.web.app.request(end))).toContain('Paused until January 17, 2018')
  await here.web.post(end, { ...fields, ...ALL_TOPICS })
  const { rows } =
    await sql`SELECT topics_off, paused_until FROM subscriber_wish WHERE subscriber_id = ${here.subscriberOf(0)}`.execute(
      here.store.db,
    )
  expect(rows).toEqual([{ topics_off: [], paused_until: null }])
  expect((await personOf(0))?.plus4).toBe('1234')
})

test('another address takes effect at its own click; the former mailbox is told before and after, the new one masked', async () => {
  const former = here.addressOf(1)
  const link = await editLinkOf(1)
  const fields = { address: 'Neue.Post@Example.ORG', first_name: 'Sam', last_name: '', zip: '92373', ...ALL_TOPICS }
  await here.web.post(link, fields)
  const asked = await here.web.mails()
  expect(new Set(addressesOf(asked))).toEqual(new Set(['Neue.Post@example.org', former]))
  const told = asked.find((mail) => mail.to?.[0]?.address === former)
  expect(told?.text).toContain('N***@E***.ORG')
  expect(told?.text).not.toContain('Neue')
  expect((await personOf(1))?.address).toBe(former)

  const confirm = linkIn(
    asked.find((mail) => mail !== told),
    '/c/',
  )
  await here.web.app.request(confirm)
  expect((await personOf(1))?.address).toBe(former)
  expect((await here.web.post(confirm)).status).toBe(200)
  expect((await personOf(1))?.address).toBe('Neue.Post@example.org')
  const [after, ...others] = await here.web.mails()
  expect(others).toEqual([])
  expect(after?.to?.[0]?.address).toBe(former)
  const parsed = parseAddress('neue.post@example.org')
  const key = keyOf(parsed.ok ? parsed.address.normalised : '')
  const { rows } = await sql`SELECT act, basis FROM consent_event WHERE address_key = ${key}`.execute(here.store.db)
  expect(rows).toEqual([{ act: 'subscribed', basis: 'address changed by the subscriber' }])
  // The link in the message that went to the former mailbox still leaves the list, for both addresses.
  expect((await here.web.post(here.pathOf('u', 1))).status).toBe(200)
  const { rows: suppressed } =
    await sql`SELECT FROM suppression WHERE address_key IN (${key}, ${keyOf(former)})`.execute(here.store.db)
  expect(suppressed).toHaveLength(2)
})

test('an address that somebody has, or that wants nothing, gets no mail, and the page says the same', async () => {
  await sql`INSERT INTO suppression (address_key, reason, channel, set_by, set_at) VALUES (${keyOf('leave-me@example.org')}, 'complaint', 'complaint', 'test', now())`.execute(
    here.store.db,
  )
  const answers: string[] = []
  for (const [person, address] of [
    [2, here.addressOf(3)],
    [3, 'leave-me@example.org'],
    [4, 'free-one@example.org'],
  ] as const) {
    const link = await editLinkOf(person)
    const response = await here.web.post(link, { address, first_name: 'Sam', last_name: '', zip: '', ...ALL_TOPICS })
    answers.push(await response.text())
    const to = new Set(addressesOf(await here.web.mails()))
    expect(to).toEqual(new Set([here.addressOf(person), ...(address === 'free-one@example.org' ? [address] : [])]))
  }
  expect(new Set(answers).size).toBe(1)
})

test('two presses at once move an address once', async () => {
  const link = await editLinkOf(4)
  await here.web.post(link, { address: 'twice@example.org', first_name: 'Sam', last_name: '', zip: '', ...ALL_TOPICS })
  const confirm = linkIn(
    (await here.web.mails()).find((mail) => mail.to?.[0]?.address === 'twice@example.org'),
    '/c/',
  )
  const answers = await Promise.all([here.web.post(confirm), here.web.post(confirm), here.web.post(confirm)])
  expect(answers.map((each) => each.status).toSorted((a, b) => a - b)).toEqual([200, 404, 404])
})

test('an opt-out in the meantime is not left behind with the former address', async () => {
  const link = await editLinkOf(3)
  const fields = { first_name: 'Sam', last_name: '', zip: '', ...ALL_TOPICS }
  await here.web.post(link, { ...fields, address: 'escape@example.org' })
  const confirm = linkIn(
    (await here.web.mails()).find((mail) => mail.to?.[0]?.address === 'escape@example.org'),
    '/c/',
  )
  await here.web.post(here.pathOf('u', 3))
  expect((await here.web.post(confirm)).status).toBe(404)
  expect((await personOf(3))?.address).toBe(here.addressOf(3))
})

test('whoever has left the list is sent no link to settings; nobody gets more than five a day', async () => {
  await here.web.mails()
  await here.web.post(here.pathOf('p', 1))
  expect(await here.web.mails()).toEqual([])
  await Promise.all(Array.from({ length: 12 }, () => here.web.post(here.pathOf('p', 5))))
  expect(await here.web.mails()).toHaveLength(5)
})

test('only hashes of tokens are kept, and what a spent link carried is gone', async () => {
  const link = await editLinkOf(0)
  const token = link.split('/').at(-1) ?? ''
  const { rows } = await sql<{ row: string }>`SELECT l::text AS row FROM page_link l`.execute(here.store.db)
  const all = rows.map(({ row }) => row).join('\n')
  expect(rows.length).toBeGreaterThan(5)
  expect(all).not.toContain(token)
  expect(all).not.toContain(Buffer.from(token).toString('hex'))
  expect(all).not.toContain('twice@example.org')
})
