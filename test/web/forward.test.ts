// /f/TOKEN: the limits hold, the answer tells nothing, and the copy holds nothing of the sender (T12).
import { sql } from 'kysely'
import type { Email } from 'postal-mime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkForwarder, checkNote } from '../../src/audience/forwards.ts'
import { keyOf } from '../support/reference-campaign.ts'
import { launchedWeb, type LaunchedWeb } from '../support/launched-web.ts'
import { bodyOf, headersOf, linkIn, statementCounter } from '../support/web.ts'

let here: LaunchedWeb
beforeAll(async () => {
  here = await launchedWeb(['97212', '92373', '20001', '10001', '97212', '92373'])
})
afterAll(() => here?.[Symbol.asyncDispose]())

function forward(person: number, friend: string, more: Record<string, string> = {}): Promise<Response> {
  return here.web.post(here.pathOf('f', person), { friend, name: 'Alma', note: '', ...more })
}

function everythingIn(mail: Email | undefined): string {
  return JSON.stringify([mail?.headers, mail?.subject, mail?.text, mail?.html])
}

test('the page offers the link to share before anything else, and shows nothing of the person', async () => {
  const page = await bodyOf(here.web.app.request(here.pathOf('f', 0)))
  const share = page.indexOf(`https://alerts.rollcall.example/votes/${here.campaignId}`)
  expect(share).toBeGreaterThan(0)
  expect(share).toBeLessThan(page.indexOf('name="friend"'))
  for (const own of [here.addressOf(0), 'Sam', 'Sample', '97212']) expect(page).not.toContain(own)
})

test('the copy comes from the organisation, names the forwarder, and holds no token or datum of the sender', async () => {
  const response = await forward(0, 'friend@example.org', { note: 'See this.\nIt matters to me!' })
  expect(response.status).toBe(200)
  const [mail] = await here.web.mails()
  expect(mail?.from?.address).toBe('alerts@rollcall.example')
  expect(mail?.to?.[0]?.address).toBe('friend@example.org')
  expect(mail?.subject).toBe('Alma thought of you: The shutdown vote and the Dreamers')
  expect(mail?.text).toContain('Alma writes:\nSee this.\nIt matters to me!')
  expect(mail?.text).toContain('PO Box 1, Anytown')
  const all = everythingIn(mail)
  for (const page of ['u', 'p', 'v', 'f', 'a'] as const) {
    const token = here.pathOf(page, 0).slice(3)
    expect(all).not.toContain(token)
    expect(all).not.toContain(`rollcall.example/${page}/`)
  }
  for (const own of [here.addressOf(0), 'Sample', '97212']) expect(all).not.toContain(own)
})

test('the address of the friend is in no table and no log afterwards', async () => {
  await forward(0, 'vanishing-friend@example.org')
  await here.web.mails()
  const { rows: tables } = await sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`.execute(
    here.store.db,
  )
  for (const { name } of tables) {
    const { rows } = await here.store.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM "${name}" t WHERE t::text ILIKE '%vanishing-friend%'`,
    )
    expect(rows[0]?.count, name).toBe(0)
  }
  expect(here.web.log()).not.toContain('vanishing-friend')
})

test('a friend who is suppressed gets nothing, and the answer is identical', async () => {
  await sql`INSERT INTO suppression (address_key, reason, channel, set_by, set_at) VALUES (${keyOf('quiet@example.org')}, 'unsubscribe', 'page', 'test', now())`.execute(
    here.store.db,
  )
  const told = await forward(1, 'quiet@example.org')
  expect(await here.web.mails()).toEqual([])
  const sent = await forward(1, 'loud@example.org')
  expect(await here.web.mails()).toHaveLength(1)
  const cost = await statementCounter(here.web.site)
  const form = (friend: string) => ({ method: 'POST', body: new URLSearchParams({ friend, name: 'Alma', note: '' }) })
  const quiet = await cost(here.pathOf('f', 1), form('quiet@example.org'))
  expect(quiet).toBe(await cost(here.pathOf('f', 1), form('other@example.org')))
  await here.web.mails()
  expect([told.status, await told.text(), headersOf(told)]).toEqual([sent.status, await sent.text(), headersOf(sent)])
})

test('five a day for each subscriber, also when asked for all at once; the next day there are five more', async () => {
  const answers = await Promise.all(Array.from({ length: 9 }, (_, n) => forward(2, `many${n}@example.org`)))
  const pages = await Promise.all(answers.map((answer) => answer.text()))
  expect(pages.filter((page) => page.includes('Thank you'))).toHaveLength(5)
  expect(pages.filter((page) => page.includes('enough for today'))).toHaveLength(4)
  expect(await here.web.mails()).toHaveLength(5)
  here.web.clock.advance(86_400_000)
  await forward(2, 'tomorrow@example.org')
  expect(await here.web.mails()).toHaveLength(1)
})

test('three for each friend and campaign, whoever asks, and nobody is told', async () => {
  const answers: string[] = []
  for (const person of [0, 1, 3, 4, 5]) answers.push(await bodyOf(forward(person, 'popular@example.org')))
  expect(await here.web.mails()).toHaveLength(3)
  expect(new Set(answers).size).toBe(1)
})

test('the friend can refuse for good with one click, and with the button', async () => {
  here.web.clock.advance(86_400_000)
  await forward(0, 'first@example.org')
  await forward(0, 'second@example.org')
  const mails = await here.web.mails()
  for (const mail of mails) {
    const link = linkIn(mail, '/o/')
    expect(mail.headers.find(({ key }) => key === 'list-unsubscribe')?.value).toBe(
      `<https://alerts.rollcall.example${link}>`,
    )
    expect(await bodyOf(here.web.app.request(link))).toContain('Do not write to me')
  }
  const [one = '', two = ''] = mails.map((mail) => linkIn(mail, '/o/'))
  const suppressed = async () => {
    const { rows } = await sql<{ channel: string }>`
      SELECT o.channel FROM suppression p JOIN opt_out o USING (address_key)
      WHERE address_key IN (${keyOf('first@example.org')}, ${keyOf('second@example.org')}) ORDER BY o.channel`.execute(
      here.store.db,
    )
    return rows.map(({ channel }) => channel)
  }
  expect(await suppressed()).toEqual([])
  expect((await here.web.post(one, { 'List-Unsubscribe': 'One-Click' })).status).toBe(200)
  expect((await here.web.post(two)).status).toBe(200)
  expect(await suppressed()).toEqual(['one_click', 'page'])
  expect((await here.web.post(two)).status).toBe(200)
  await forward(1, 'first@example.org')
  expect(await here.web.mails()).toEqual([])
  // A link that refuses does not work as one that confirms.
  expect((await here.web.post(one.replace('/o/', '/c/'))).status).toBe(404)
})

test('an address, name or note that will not do is shown beside its field, and nothing is sent', async () => {
  for (const fields of [
    { friend: 'a@example.org, b@example.org' },
    { friend: 'a@example.org\r\nBcc: b@example.org' },
    { name: '' },
    { name: 'http://bad.example' },
    { note: 'look at www.bad.example' },
    { note: 'x'.repeat(301) },
  ]) {
    const response = await here.web.post(here.pathOf('f', 4), {
      friend: 'ok@example.org',
      name: 'Alma',
      note: '',
      ...fields,
    })
    expect(response.status).toBe(422)
  }
  expect(await here.web.mails()).toEqual([])
})

test.each([
  'go to bad.example now',
  'HTTPS://BAD',
  'mail me@there',
  'ｂａｄ．ｅｘａｍｐｌｅ',
  'bad。example',
  'пример.рф',
  'hidden\u200btext',
  'turn\u202earound',
])('the note %j is refused', (note) => {
  expect(checkNote(note)).toBeNull()
})

test.each(['', 'Call today. It helps!', 'It is 5.30 p.m. here', 'Ça va? ¡Vamos!', '“Really” - 100%'])(
  'the note %j may go',
  (note) => {
    expect(checkNote(note)).toBe(note)
  },
)

test('a name is one line', () => {
  expect(checkForwarder('  Alma\n Diaz ')).toBe('Alma Diaz')
  expect(checkForwarder('x'.repeat(61))).toBeNull()
})
