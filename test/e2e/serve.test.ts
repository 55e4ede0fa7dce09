// `rollcall serve` as an operator runs it: it listens, answers on the wire, and stops without dropping anything.
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import PostalMime, { type Email } from 'postal-mime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signToken, tokenKeys } from '../../src/core/token.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { ended, runCli, startCli } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { linkIn } from '../support/web.ts'

const SECRET = 'a secret that this test alone knows'
let store: Store
let home: string
let settings: Record<string, string>
beforeAll(async () => {
  store = await testDatabase()
  home = await mkdtemp(path.join(tmpdir(), 'rollcall-serve-'))
  settings = { DATABASE_URL: store.url, ROLLCALL_HOME: home, ROLLCALL_SECRET: SECRET, LOG_LEVEL: 'info' }
})
afterAll(async () => {
  await store?.[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

/** Returns where a started server listens, as it says on stderr. */
function urlOf(child: ReturnType<typeof startCli>): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const url = /Serving (http:\/\/\S+)/.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    })
    child.on('close', () => reject(new Error(`it did not serve: ${said}`)))
  })
}

/** Posts as a mailbox provider does: no cookie, no Origin, HTTP as it is on the wire. */
async function oneClick(url: string): Promise<{ status: number | undefined; headers: object }> {
  const call = request(url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  call.end('List-Unsubscribe=One-Click')
  const [response] = await once(call, 'response')
  response.resume()
  return { status: response.statusCode, headers: response.headers }
}

test('a mailbox provider unsubscribes a person over HTTP, and a stop lets the letters go out', async () => {
  const id = await launchedCampaign(store.db, { addresses: ['one@example.org'] })
  const { rows } = await sql<{ delivery: string; subscriber: string }>`
    SELECT id AS delivery, subscriber_id AS subscriber FROM delivery WHERE campaign_id = ${id}`.execute(store.db)
  const [person] = rows
  const token = signToken(tokenKeys(SECRET), 'unsubscribe', {
    deliveryId: BigInt(person?.delivery ?? 0),
    subscriberId: BigInt(person?.subscriber ?? 0),
  })
  const child = startCli(['serve', '--port', '0'], settings)
  const done = ended(child)
  const url = await urlOf(child)
  expect(await oneClick(`${url}/u/${token}`)).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } })
  expect((await store.db.selectFrom('suppression').select('channel').execute())[0]).toEqual({ channel: 'one_click' })
  const undo = await fetch(`${url}/u/${token}/undo`, { method: 'POST' })
  expect(undo.status).toBe(200)
  child.kill('SIGTERM')
  const { code, stderr } = await done
  expect(code).toBe(0)
  expect(await readdir(path.join(home, 'outbox'))).toHaveLength(1)
  expect(stderr).toContain('"route":"/u/:token"')
  expect(stderr).not.toContain(token)
  expect(stderr).not.toContain('one@example.org')
})

test('a sign-up over HTTP is confirmed from the mail, and the ledger keeps the network of the click', async () => {
  const child = startCli(['serve', '--port', '0'], settings)
  const done = ended(child)
  const url = await urlOf(child)
  const form = new URLSearchParams({ address: 'joins@example.org', zip: '97212', consent: 'yes' })
  expect((await fetch(`${url}/join`, { method: 'POST', body: form })).status).toBe(200)
  const mail = await letterTo('joins@example.org')
  expect((await fetch(url + linkIn(mail, '/c/'), { method: 'POST' })).status).toBe(200)
  child.kill('SIGTERM')
  await done
  const { rows } = await sql<{ wording: string; network: string }>`
    SELECT wording, ip_network::text AS network FROM consent_event WHERE basis = 'double opt-in'`.execute(store.db)
  expect(rows).toEqual([{ wording: 'join-2026-1', network: '127.0.0.0/24' }])
})

/** Returns the letter to an address as soon as it is in the outbox. */
async function letterTo(address: string): Promise<Email> {
  const outbox = path.join(home, 'outbox')
  for (;;) {
    for (const name of (await readdir(outbox)).filter((each) => each.endsWith('.eml'))) {
      const mail = await PostalMime.parse(await readFile(path.join(outbox, name)))
      if (mail.to?.[0]?.address === address) return mail
    }
    await sleep(20)
  }
}

test('a port that is taken, a port that is none, and a sample sender in production are said plainly', async () => {
  const child = startCli(['serve', '--port', '0'], settings)
  const done = ended(child)
  const { port } = new URL(await urlOf(child))
  const taken = await runCli(['serve', '--port', port], settings)
  child.kill('SIGTERM')
  await done
  expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining('choose another with --port') })
  expect(await runCli(['serve', '--port', 'http'], settings)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"http" is no port'),
  })
  const production = { ...settings, ROLLCALL_ENV: 'production', ROLLCALL_BASE_URL: 'https://alerts.example.org' }
  expect(await runCli(['serve', '--port', '0'], production)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is a sample address'),
  })
})
