// T10 and T11: scanners that follow every link change nothing, and a forwarded message gives nobody anything of its owner's.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchedWeb, type LaunchedWeb } from '../support/launched-web.ts'
import { linkIn } from '../support/web.ts'

let here: LaunchedWeb
beforeAll(async () => {
  here = await launchedWeb(['97212', '92373', null])
})
afterAll(() => here?.[Symbol.asyncDispose]())

const BASE = 'https://alerts.rollcall.example'

/** Returns every link of the text that leads to us, as a path. */
function ownLinks(text: string): string[] {
  const urls = text.match(/https:\/\/alerts\.rollcall\.example[^\s"'<>)]*/g) ?? []
  return [...new Set(urls.map((url) => url.slice(BASE.length)))]
}

/** Returns a hash over every row of every table. */
async function stateOfDatabase(): Promise<string> {
  const { rows: tables } = await here.store.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  )
  expect(tables.length).toBeGreaterThan(30)
  const hashes: string[] = []
  for (const { name } of tables) {
    const { rows } = await here.store.pool.query<{ hash: string }>(
      `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS hash FROM "${name}" t`,
    )
    hashes.push(`${name} ${rows[0]?.hash ?? ''}`)
  }
  return hashes.join('\n')
}

/** Returns every link that can be reached from the messages: theirs, and those of the pages behind them. */
async function crawl(start: readonly string[]): Promise<string[]> {
  const seen = new Set(start)
  const open = [...start]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const response = await here.web.app.request(next, { method })
      expect(response.status, `${method} ${next}`).toBeLessThan(500)
      if (method !== 'GET') continue
      const page = await response.text()
      const found = [...page.matchAll(/(?:href|action)="(\/[^"]*)"/g)].map((match) => match[1] ?? '')
      for (const link of [...found, ...ownLinks(page)].filter((each) => !seen.has(each))) {
        seen.add(link)
        open.push(link)
      }
    }
  }
  return [...seen]
}

test('T10: every link of real messages, followed with GET, HEAD and OPTIONS, leaves the database as it was', async () => {
  const messages = await Promise.all([0, 1, 2].map((person) => here.messageOf(person)))
  const start = [
    ...new Set(
      messages.flatMap((message) => [
        ...ownLinks(message.html),
        ...ownLinks(message.text),
        ...message.headers.flatMap(([, value]) => ownLinks(value)),
      ]),
    ),
  ]
  // Each has its own link to leave, to change, to view and to forward; one has a link to choose a seat.
  for (const page of ['u', 'p', 'v', 'f', 'a']) expect(start.some((link) => link.startsWith(`/${page}/`))).toBe(true)
  const before = await stateOfDatabase()
  const reached = await crawl(start)
  expect(reached.length).toBeGreaterThan(start.length)
  expect(await stateOfDatabase()).toBe(before)
  expect(await here.web.mails()).toEqual([])
  // The comparison sees a change when there is one.
  await here.web.post(here.pathOf('u', 2))
  expect(await stateOfDatabase()).not.toBe(before)
})

test('T10: opening the links of our own mails changes nothing either', async () => {
  await here.web.post(here.pathOf('p', 0))
  await here.web.post(here.pathOf('u', 2) + '/undo')
  await here.web.post('/join', { address: 'curious@example.org', consent: 'yes' })
  await here.web.post(here.pathOf('f', 1), { friend: 'friend@example.org', name: 'Alma' })
  const mails = await here.web.mails()
  expect(mails).toHaveLength(4)
  const before = await stateOfDatabase()
  await crawl(mails.flatMap((mail) => [...ownLinks(mail.text ?? ''), ...ownLinks(mail.html ?? '')]))
  expect(await stateOfDatabase()).toBe(before)
})

test('T11: no page shows anything of the person, opened with any token of the message', async () => {
  await here.web.mails()
  const tokens = (['u', 'p', 'v', 'f', 'a'] as const).map((page) => here.pathOf(page, 0).slice(3))
  const seeded = [here.addressOf(0), 'seeded-person', 'Sam', 'Sample', '97212']
  let shown = 0
  for (const page of ['u', 'p', 'v', 'f', 'a', 'c', 'o']) {
    for (const token of tokens) {
      for (const method of ['GET', 'POST']) {
        const response = await here.web.app.request(`/${page}/${token}`, { method })
        const body = await response.text()
        if (response.status === 200) shown += 1
        for (const own of seeded) expect(body, `${method} /${page}/`).not.toContain(own)
      }
    }
  }
  // Each token opens its own page and no other: five pages, of which three answer a bare POST as well.
  expect(shown).toBe(8)
})

test('T11: what the tokens of a message can do at worst is undone from the mailbox', async () => {
  await here.web.mails()
  await here.web.post(here.pathOf('u', 1))
  await here.web.post(`${here.pathOf('u', 1)}/undo`)
  const [mail] = await here.web.mails()
  expect((await here.web.post(linkIn(mail, '/c/'))).status).toBe(200)
})
