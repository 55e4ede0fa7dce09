// Sending domains against a real little DNS server: each rule passes, fails and says what to do.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openNames } from '../../src/delivery/names.ts'
import { checkDmarc, checkMx, checkSpf, isAligned } from '../../src/delivery/sender-checks.ts'
import { checkDomains, type DomainReport } from '../../src/delivery/sending-domains.ts'
import { dnsServer, type DnsServer, type Zone } from '../support/dns-server.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const published = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
let folder: string
let keyFile: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-domains-'))
  keyFile = path.join(folder, 'dkim.pem')
  await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const settings = () => ({
  ROLLCALL_SENDER: 'alerts@example.org',
  ROLLCALL_BOUNCE_DOMAIN: 'bounce.example.org',
  ROLLCALL_BASE_URL: 'https://alerts.example.org',
  ROLLCALL_TRANSPORT: ['smtp'],
  ROLLCALL_DKIM_DOMAIN: 'example.org',
  ROLLCALL_DKIM_SELECTOR: 's1',
  ROLLCALL_DKIM_KEY_FILE: keyFile,
})

const GOOD: Zone = {
  txt: {
    'bounce.example.org': ['v=spf1 include:relay.example -all', 'another text'],
    'relay.example': ['v=spf1 ip4:192.0.2.0/24 -all'],
    's1._domainkey.example.org': [`v=DKIM1; k=rsa; p=${published}`],
    '_dmarc.example.org': ['v=DMARC1; p=none; rua=mailto:dmarc@example.org'],
  },
  mx: { 'bounce.example.org': [[10, 'mx.example.org']] },
}

async function withZone<Result>(zone: Zone, work: (server: DnsServer) => Promise<Result>): Promise<Result> {
  await using server = await dnsServer(zone)
  return await work(server)
}

const spfOf = (txt: Record<string, string[]>) =>
  withZone({ txt }, ({ server }) => checkSpf(openNames([server]), 'bounce.example.org'))

const statesOf = (reports: readonly DomainReport[]) =>
  Object.fromEntries(
    reports.flatMap(({ domain, checks }) => checks.map(({ name, state }) => [`${domain} ${name}`, state])),
  )

describe('a whole installation', () => {
  test('everything passes where everything is published, with nothing to do', async () => {
    const reports = await withZone(GOOD, ({ server }) => checkDomains(openNames([server]), settings(), []))
    expect(statesOf(reports)).toEqual({
      'example.org DKIM': 'pass',
      'example.org DMARC': 'pass',
      'example.org DKIM alignment': 'pass',
      'example.org SPF alignment': 'pass',
      'example.org One-click unsubscribe': 'pass',
      'bounce.example.org SPF': 'pass',
      'bounce.example.org MX': 'pass',
    })
    expect(reports.flatMap(({ checks }) => checks.map(({ fix }) => fix)).join('')).toBe('')
  })

  test('with nothing published every check says what to publish', async () => {
    const reports = await withZone({}, ({ server }) => checkDomains(openNames([server]), settings(), []))
    const checks = new Map(reports.flatMap(({ checks: all }) => all.map((each) => [each.name, each] as const)))
    expect(checks.get('DKIM')).toMatchObject({
      state: 'fail',
      fix: expect.stringContaining(`p=${published}`) as string,
    })
    expect(checks.get('SPF')).toMatchObject({ state: 'fail', fix: expect.stringContaining('v=spf1') as string })
    expect(checks.get('DMARC')).toMatchObject({
      state: 'fail',
      fix: expect.stringContaining('_dmarc.example.org') as string,
    })
    expect(checks.get('MX')).toMatchObject({ state: 'fail' })
  })

  test('a DNS that does not answer is "not known", never a failure of the domain', async () => {
    const broken = ['bounce.example.org', 's1._domainkey.example.org', '_dmarc.example.org']
    const reports = await withZone({ ...GOOD, broken }, ({ server }) =>
      checkDomains(openNames([server]), settings(), []),
    )
    const states = statesOf(reports)
    expect([
      states['example.org DKIM'],
      states['example.org DMARC'],
      states['bounce.example.org SPF'],
      states['bounce.example.org MX'],
    ]).toEqual(['unknown', 'unknown', 'unknown', 'unknown'])
  })

  test('a From domain of a campaign elsewhere does not align with our signature and bounce domain', async () => {
    const reports = await withZone(GOOD, ({ server }) =>
      checkDomains(openNames([server]), settings(), [{ domain: 'other.example', campaigns: ['dream'] }]),
    )
    const other = reports.find(({ domain }) => domain === 'other.example')
    expect(other?.uses).toEqual(['From of dream'])
    expect(statesOf(reports)).toMatchObject({
      'other.example DKIM alignment': 'fail',
      'other.example SPF alignment': 'warning',
      'other.example DMARC': 'fail',
    })
  })

  test('T14 only names of the settings, of campaigns and of SPF records are asked for; what is no name is not asked', async () => {
    const asked = await withZone(GOOD, async (server) => {
      await checkDomains(openNames([server.server]), settings(), [
        { domain: '169.254.169.254', campaigns: ['a'] },
        { domain: 'evil example/..', campaigns: ['b'] },
      ])
      return server.asked
    })
    const known = new Set([
      'TXT s1._domainkey.example.org',
      'TXT _dmarc.example.org',
      'TXT bounce.example.org',
      'TXT relay.example',
      'MX bounce.example.org',
    ])
    expect(asked.filter((each) => !known.has(each) && !/^TXT _dmarc\.[\d.]+$/.test(each))).toEqual([])
  })

  test('without a key of ours, and over http, the page says what cannot be seen and what is wrong', async () => {
    const bare = {
      ...settings(),
      ROLLCALL_BASE_URL: 'http://localhost:8080',
      ROLLCALL_DKIM_DOMAIN: undefined,
      ROLLCALL_DKIM_SELECTOR: undefined,
      ROLLCALL_DKIM_KEY_FILE: undefined,
    }
    const reports = await withZone(GOOD, ({ server }) => checkDomains(openNames([server]), bare, []))
    expect(statesOf(reports)).toMatchObject({
      'example.org DKIM': 'unknown',
      'example.org DKIM alignment': 'unknown',
      'example.org One-click unsubscribe': 'fail',
    })
    const unreadable = { ...settings(), ROLLCALL_DKIM_KEY_FILE: path.join(folder, 'none.pem') }
    const broken = await withZone(GOOD, ({ server }) => checkDomains(openNames([server]), unreadable, []))
    expect(statesOf(broken)).toMatchObject({ 'example.org DKIM': 'fail' })
  })
})

describe('SPF', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `exists:x${n}.example`).join(' ')
  test.each([
    ['v=spf1 -all', 'pass'],
    ['v=spf1 ip4:192.0.2.1 ~all', 'pass'],
    ['v=spf1 redirect=relay.example', 'pass'],
    ['v=spf1 ?all', 'warning'],
    ['v=spf1 ip4:192.0.2.1', 'warning'],
    ['v=spf1 +all', 'fail'],
    ['v=spf1 all', 'fail'],
    ['v=spf1 include:nothing.example -all', 'fail'],
    [`v=spf1 ${many(10)} -all`, 'pass'],
    [`v=spf1 ${many(11)} -all`, 'fail'],
    ['v=spf1 include:%{i}.example -all', 'pass'],
    ['v=spf10 -all', 'fail'],
  ])('%s: %s', async (record, state) => {
    const check = await spfOf({ 'bounce.example.org': [record], 'relay.example': ['v=spf1 -all'] })
    expect(check).toMatchObject({ state })
    expect(check.fix === '').toBe(state === 'pass')
  })

  test('two records are none', async () => {
    expect(await spfOf({ 'bounce.example.org': ['v=spf1 -all', 'v=spf1 ~all'] })).toMatchObject({
      state: 'fail',
      found: '2 SPF records',
    })
  })

  test('lookups of what is included count, and a record that includes itself ends', async () => {
    const check = await spfOf({
      'bounce.example.org': ['v=spf1 include:a.example -all'],
      'a.example': [`v=spf1 include:bounce.example.org include:a.example ${many(8)} -all`],
    })
    expect(check).toMatchObject({ state: 'fail', found: expect.stringContaining('11 lookups') as string })
  })
})

describe('DMARC', () => {
  const dmarcOf = (txt: Record<string, string[]>, domain = 'news.example.org') =>
    withZone({ txt }, ({ server }) => checkDmarc(openNames([server]), domain))
  test('the nearest record above counts, with the policy for what is below', async () => {
    const found = await dmarcOf({ '_dmarc.example.org': ['v=DMARC1; p=reject; sp=none; rua=mailto:a@example.org'] })
    expect(found).toMatchObject({ at: 'example.org', check: { state: 'pass' } })
  })
  test.each([
    [['v=DMARC1; p=none'], 'warning'],
    [['v=DMARC1; p=monitor; rua=mailto:a@example.org'], 'fail'],
    [['v=DMARC1; p=none; rua=mailto:a@example.org', 'v=DMARC1; p=reject'], 'fail'],
    [['v=DMARC10; p=none'], 'fail'],
  ])('%j: %s', async (records, state) => {
    expect(await dmarcOf({ '_dmarc.news.example.org': records })).toMatchObject({ check: { state } })
  })
})

describe('DKIM', () => {
  const dkimOf = async (records: string[]) => {
    const zone = { ...GOOD, txt: { ...GOOD.txt, 's1._domainkey.example.org': records } }
    const reports = await withZone(zone, ({ server }) => checkDomains(openNames([server]), settings(), []))
    return statesOf(reports)['example.org DKIM']
  }
  test.each([
    ['the key with blanks', [`v=DKIM1; p=${published.slice(0, 50)} ${published.slice(50)}`], 'pass'],
    ['a test key', [`v=DKIM1; t=y; p=${published}`], 'warning'],
    ['another key', [`v=DKIM1; p=${published.replace('A', 'B')}`], 'fail'],
    ['a withdrawn key', ['v=DKIM1; p='], 'fail'],
    ['two keys', [`v=DKIM1; p=${published}`, `v=DKIM1; p=${published}`], 'fail'],
  ])('%s: %s', async (_, records, state) => {
    expect(await dkimOf(records)).toBe(state)
  })
})

test('a null MX is no way back for bounces', async () => {
  const check = await withZone({ mx: { 'bounce.example.org': [[0, '.']] } }, ({ server }) =>
    checkMx(openNames([server]), 'bounce.example.org'),
  )
  expect(check).toMatchObject({ state: 'fail', found: expect.stringContaining('null MX') as string })
})

test.each([
  ['example.org', 'bounce.example.org', '', true],
  ['a.example.org', 'b.example.org', 'example.org', true],
  ['a.example.org', 'b.example.org', '', false],
  ['example.org', 'badexample.org', 'example.org', false],
])('alignment of %s and %s with a DMARC record at "%s": %s', (one, other, at, isFine) => {
  expect(isAligned(one, other, at)).toBe(isFine)
})
