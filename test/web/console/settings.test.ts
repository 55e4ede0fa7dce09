// The settings pages: domains as the DNS has them, values in force without a secret.
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sealKeys } from '../../../src/access/sealed.ts'
import { openNames } from '../../../src/delivery/names.ts'
import type { Store } from '../../../src/store/connect.ts'
import { createConsole } from '../../../src/web/console/console.ts'
import { domainPagesWith } from '../../../src/web/console/settings/domains.tsx'
import { signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { dnsServer, type DnsServer } from '../../support/dns-server.ts'
import { draftCampaign, SECRET } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

const CANARY = 'canary-of-a-password'
let store: Store
let web: Web
let dns: DnsServer
let author: Person
let app: Hono
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  await draftCampaign(store.db)
  web = await openWeb(store, 'https://alerts.rollcall.example', {
    SMTP_URL: `smtp://mailer:${CANARY}1@localhost:2599?tls=never`,
    SENDGRID_API_KEY: `SG.${CANARY}2`,
    ROLLCALL_FEEDBACK_IMAP_URL: `imaps://box:${CANARY}3@localhost/INBOX?password=${CANARY}4`,
    ROLLCALL_PREVIOUS_SECRETS: `${CANARY}-5-of-long-ago`,
    ROLLCALL_MESSAGES_PER_SECOND: '25',
  })
  author = await signedIn(web, 'author')
  dns = await dnsServer({
    txt: {
      'bounce.rollcall.example': ['v=spf1 -all'],
      '_dmarc.rollcall.example': ['v=DMARC1; p=none; rua=mailto:d@rollcall.example'],
    },
    mx: { 'bounce.rollcall.example': [[10, 'mx.rollcall.example']] },
  })
  const { site } = web
  const console = createConsole({ site, seals: sealKeys(SECRET, []), origins: site.origins, version: 'test' })
  domainPagesWith(openNames([dns.server]))(console)
  app = new Hono().route('/console', console.app)
})
afterAll(async () => {
  await dns[Symbol.asyncDispose]()
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const domains = async () =>
  await (await app.request('/console/settings/domains', { headers: { cookie: author.cookie } })).text()

test('T25 the values in force show where each comes from, and no password, key or secret', async () => {
  const page = await author.page('/settings/values')
  expect(page).not.toContain(CANARY)
  expect(page).not.toContain(SECRET)
  expect(page).toContain('smtp://…@localhost:2599?tls=…')
  expect(page).toMatch(/ROLLCALL_MESSAGES_PER_SECOND.*?<b class="code">25<\/b>.*?<b>environment<\/b>/s)
  expect(page).toContain('set, not shown')
  expect(page).toContain('ROLLCALL_SECRET')
})

test('transports and templates stand beside the values', async () => {
  await store.pool.query(
    `INSERT INTO lane (transport, paused_until, pause_reason) VALUES ('file', now() + interval '1 hour', 'the disk is full')`,
  )
  const page = await author.page('/settings/values')
  expect(page).toContain('the disk is full')
  expect(page).toContain('dream-act-2017')
  expect(page).toContain('/console/campaigns/new')
})

test('each domain has its checks with what was found, what is expected and what to do', async () => {
  const page = await domains()
  expect(page).toContain('<h2>bounce.rollcall.example</h2>')
  expect(page).toContain('<code>v=spf1 -all (0 lookups)</code>')
  expect(page).toContain('10 mx.rollcall.example')
  expect(page).toContain('Rollcall does not sign')
  expect(page).toContain('dream-act-2017')
  expect(page).toContain('To do:')
})

test('the DNS is asked once for ten minutes, and again when somebody presses the button', async () => {
  await domains()
  const before = dns.asked.length
  await domains()
  expect(dns.asked).toHaveLength(before)
  const answer = await app.request('/console/settings/domains/check', {
    method: 'POST',
    headers: { cookie: author.cookie, origin: 'https://alerts.rollcall.example' },
    body: new URLSearchParams({ csrf: author.csrf }),
  })
  expect(answer.status).toBe(303)
  expect(dns.asked.length).toBeGreaterThan(before)
  expect(await domains()).toMatch(/Checked: (?:nothing fails|\d+ things? fails?)/)
})
