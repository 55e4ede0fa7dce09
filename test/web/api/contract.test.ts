// Every operation of the document is called, and every answer is as the document says: the callers check it.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTemplateFolder } from '../../../src/campaign/folder.ts'
import type { Store } from '../../../src/store/connect.ts'
import { asClerkXml, sampleRollCall } from '../../congress/sample-files.ts'
import { openApi, type Api, type Caller, type Reply } from '../../support/api.ts'
import { launchedCampaign } from '../../support/campaign.ts'
import { testDatabase } from '../../support/database.ts'
import { noDovecot, startDovecot, type Dovecot } from '../../support/dovecot.ts'
import { TEMPLATE } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let api: Api
let admin: Caller
let other: Caller
let dovecot: Dovecot | null = null
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  dovecot = noDovecot === null ? await startDovecot('secret-of-tests') : null
  web = await openWeb(store, undefined, dovecot === null ? {} : { ROLLCALL_FEEDBACK_IMAP_URL: dovecot.url })
  api = await openApi(web)
  admin = await api.as('admin')
  other = await api.as('admin')
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await dovecot?.[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const CSV = 'email,first name,last name,zip\nada@example.org,Ada,Lovelace,97212\ngrace@example.org,Grace,Hopper,2139\n'
const FEEDBACK = path.resolve(import.meta.dirname, '../../../fixtures/feedback')

function good(reply: Reply): Reply['json'] {
  expect(reply.status, reply.text).toBeLessThan(300)
  return reply.json
}

async function draft(): Promise<{ id: string }> {
  return {
    id: String(good(await admin('createCampaign', { body: { files: await readTemplateFolder(TEMPLATE) } }))['id']),
  }
}

test('a key says what it is', async () => {
  expect(good(await admin('getKey'))).toMatchObject({ role: 'admin', expiresAt: null })
})

test('congress: looked up, listed, imported, settled, corrected', async () => {
  expect(good(await admin('lookUpZip', { params: { zip: '97204' }, query: { on: '2017-12-21' } }))).toMatchObject({
    states: ['Oregon'],
  })
  expect(good(await admin('listRollCalls', { query: { limit: '1' } }))['items']).toHaveLength(1)
  expect(good(await admin('getRollCall', { params: { id: 'h708-115.2017' } }))).toMatchObject({ totals: { yea: 231 } })
  expect(good(await admin('listLegislators', { query: { name: 'merk' } }))['items']).toMatchObject([
    { bioguide: 'M001176', terms: [{ seat: 'US-S-OR-2' }] },
  ])
  const stranger = { ...sampleRollCall('h708-115.2017'), number: 709, id: 'h709-115.2017' }
  const [first, ...rest] = stranger.positions
  const positions = [{ ...first!, memberId: 'Z999999', displayName: 'Nobody' }, ...rest]
  const body = asClerkXml({ ...stranger, positions })
  good(await admin('importCongressFile', { query: { name: 'h709.xml' }, type: 'text/xml', body }))
  const { items } = good(await admin('listImportIssues')) as { items: { id: string }[] }
  expect(items.length).toBeGreaterThan(0)
  const params = { id: items[0]!.id }
  expect(good(await admin('resolveImportIssue', { params, body: { reason: 'seen' } }))['resolution']).toContain('seen')
  expect((await admin('resolveImportIssue', { params, body: { reason: 'seen' } })).status).toBe(409)
  const end = { bioguide: 'M001176', seat: 'US-S-OR-2', end: '2018-06-01', reason: 'resigned' }
  expect(good(await admin('endTerm', { body: end }))['sentences']).toHaveLength(1)
})

test('subscribers: refused rows, a dry run, an import, one person, a correction, an export', async () => {
  const list = { type: 'text/csv', body: CSV }
  const rejects = await admin('listRejects', list)
  expect(rejects.text).toContain('grace@example.org')
  expect(good(await admin('importSubscribers', { ...list, query: { dryRun: 'true' } }))).toMatchObject({
    importId: null,
  })
  const query = [
    ['padZip', 'true'],
    ['map', 'email=email'],
    ['source', 'a fair'],
  ] as const
  expect(good(await admin('importSubscribers', { ...list, query }))).toMatchObject({ added: 2, rejected: 0 })
  const pages: unknown[] = []
  for (let cursor: unknown = undefined; cursor !== null;) {
    const query = { limit: '1', ...(typeof cursor === 'string' ? { cursor } : {}) }
    const page = good(await admin('listSubscribers', { query })) as {
      items: { address: string }[]
      next: string | null
    }
    pages.push(page.items.map(({ address }) => address))
    cursor = page.next
  }
  expect(pages).toHaveLength(2)
  expect(new Set(pages.flat())).toEqual(new Set(['ada@example.org', 'grace@example.org']))
  const found = good(await admin('lookUpSubscriber', { body: { address: 'Ada@Example.org' } }))
  const params = { id: String(found['id']) }
  expect(good(await admin('correctSubscriber', { params, body: { zip: '02108' } }))).toMatchObject({ zip: '02108' })
  expect(good(await admin('getSubscriber', { params }))).toMatchObject({ zip: '02108', firstName: 'Ada' })
  expect((await admin('correctSubscriber', { params, body: { zip: '1' } })).status).toBe(422)
  const move = { address: 'countess@example.org' }
  expect((await admin('correctSubscriber', { params, body: move })).json['code']).toBe('why_missing')
  expect(good(await admin('correctSubscriber', { params, body: { ...move, why: 'asked by phone' } }))).toMatchObject(
    move,
  )
  good(await admin('correctSubscriber', { params, body: { address: 'ada@example.org', why: 'asked again' } }))
  const file = await admin('exportSubscribers')
  expect(file.text).toContain('ada@example.org')
  expect(file.headers.get('content-disposition')).toContain('subscribers.csv')
})

test('suppressions: added, listed, released, imported, exported', async () => {
  const addresses = ['ada@example.org', 'nobody@example.org']
  expect(good(await admin('addSuppressions', { body: { addresses } }))['results']).toEqual([
    { added: true },
    { added: true },
  ])
  const { items, next } = good(await admin('listSuppressions', { query: { limit: '1' } })) as {
    items: object[]
    next: string
  }
  expect(items).toHaveLength(1)
  expect(good(await admin('listSuppressions', { query: { cursor: next } }))['items']).toHaveLength(1)
  const release = { address: 'ada@example.org', reason: 'asked by phone' }
  expect(good(await admin('releaseSuppression', { body: release }))).toEqual({ removed: true })
  const report = good(
    await admin('importSuppressions', { type: 'text/csv', body: 'email\nx@example.org\nno address\n' }),
  )
  expect(report).toMatchObject({ rows: 2, added: 1, rejected: 1 })
  expect((await admin('exportSuppressions')).text).toContain('address_key')
})

test('compliance: the check, the logs, and the four answers to a person', async () => {
  expect(good(await admin('checkCompliance'))).toMatchObject({ isSound: true })
  good(await admin('listOptOuts'))
  const address = 'grace@example.org'
  expect(good(await admin('showConsents', { body: { address } }))).toMatchObject({ state: { act: 'imported' } })
  expect(good(await admin('exportPerson', { body: { address } }))['tables']).toContainEqual(
    expect.objectContaining({ name: 'profile' }),
  )
  const rectified = await admin('rectifyPerson', { body: { address, lastName: 'Murray', requestedOn: '2018-01-02' } })
  expect(good(rectified)['changed']).toEqual(['last_name'])
  expect(good(await admin('erasePerson', { body: { address, confirm: 'erase' } }))['request']).toMatch(/^\d+$/)
  expect(good(await admin('listDataRequests', { query: { open: 'false' } }))['items']).toHaveLength(3)
  good(await admin('runRetention'))
  good(await admin('getRetention'))
})

test('the audit log: listed by page and object, its chain computed anew', async () => {
  const { items } = good(await admin('listAuditEntries', { query: { limit: '500' } })) as {
    items: { actor: string; act: string }[]
  }
  const own = items.filter(({ actor }) => actor === 'Admin 1 #1').map(({ act }) => act)
  for (const act of [
    'import subscribers',
    'import congress data',
    'suppress',
    'end term',
    'correct subscriber',
    'take erase request',
  ])
    expect(own).toContain(act)
  expect(good(await admin('verifyAudit'))).toMatchObject({ broken: null })
})

test('feedback: a mail handed in, how it stands', async () => {
  const body = await readFile(path.join(FEEDBACK, 'bounce-no-mailbox.eml'))
  const mail = { type: 'message/rfc822', body }
  expect(good(await admin('ingestMails', { ...mail, query: { dryRun: 'true' } }))['reports']).toMatchObject([
    { kind: 'bounce', outcome: null },
  ])
  expect(good(await admin('ingestMails', mail))['reports']).toMatchObject([{ kind: 'bounce', outcome: 'uncorrelated' }])
  expect(good(await admin('getFeedbackStatus'))).toMatchObject({ waiting: { mails: 0 } })
})

test.skipIf(noDovecot !== null)('feedback: a mailbox is fetched', async () => {
  await dovecot?.deliver(await readFile(path.join(FEEDBACK, 'bounce-full-mailbox.eml')))
  expect(good(await admin('pollMailbox'))).toEqual({ fetched: 1, left: 0 })
})

test('a draft: made, read, edited, judged otherwise, previewed, checked', async () => {
  good(await admin('importSubscribers', { type: 'text/csv', body: 'email,zip\nmary@example.org,97212\n' }))
  const params = await draft()
  expect(good(await admin('listCampaigns', { query: { state: 'draft' } }))['items']).toMatchObject([params])
  expect(good(await admin('getCampaign', { params }))).toMatchObject({ state: 'draft', revision: 1 })
  const { files } = good(await admin('getCampaignFiles', { params })) as { files: Record<string, string> }
  expect(good(await admin('updateCampaignFiles', { params, body: { files } }))).toEqual({ ...params, revision: 2 })
  const override = { bioguide: 'M001176', stance: 'neutral', reason: 'a deal' }
  good(await admin('overrideStance', { params, body: override }))
  expect(good(await admin('listOverrides', { params }))['items']).toMatchObject([
    { bioguide: 'M001176', reason: 'a deal' },
  ])
  expect(good(await admin('getOutcome', { params, query: { zip: '97212' } }))['seats']).toContainEqual(
    expect.objectContaining({ legislator: 'Jeff Merkley', stance: 'neutral' }),
  )
  const zips = ['97212', '02108']
  expect(good(await admin('computeOutcomes', { params, body: { zips } }))['items']).toHaveLength(2)
  expect((await admin('computeOutcomes', { params, body: { zips: ['97212', 'x'] } })).json['detail']).toContain(
    'zips/1',
  )
  for (const format of ['html', 'text', 'eml'])
    good(await admin('previewForZip', { params, query: { zip: 'none', format } }))
  good(await admin('previewForSubscriber', { params, body: { address: 'mary@example.org' } }))
  good(await admin('sendTests', { params, body: { to: ['x@example.org'], everyVariant: true } }))
  expect(good(await admin('checkCampaign', { params }))['problems']).toBeInstanceOf(Array)
  good(await admin('takeBackOverride', { params: { ...params, bioguide: 'M001176' } }))
  const segment = { states: { values: ['OR'] } }
  expect(good(await admin('setSegment', { params, body: { segment } }))['words']).toContain('Oregon')
  expect(good(await admin('getSegment', { params }))['segment']).toEqual({ states: { not: false, values: ['OR'] } })
  good(await admin('listSegments'))
})

test('a send: approved by another, scheduled, taken back, launched, steered, ended', async () => {
  const params = await draft()
  good(await other('approveCampaign', { params, body: {} }))
  const { audience } = good(await admin('checkCampaign', { params }))
  const expectation = { at: '2036-01-01T09:00:00-05:00', expect: audience }
  expect(good(await admin('scheduleCampaign', { params, body: expectation }))['launchAt']).toBe(
    '2036-01-01T14:00:00.000Z',
  )
  good(await admin('unscheduleCampaign', { params }))
  good(await admin('launchCampaign', { params, body: { expect: audience, perSecond: 5 } }))
  const { items: deliveries } = good(
    await admin('listDeliveries', { params, query: { state: 'pending', place: 'OR' } }),
  )
  expect(deliveries).toMatchObject([{ state: 'pending', zip: '97212' }])
  const found = await admin('lookUpDelivery', { params, body: { address: 'mary@example.org' } })
  expect(good(found)['delivery']).toMatchObject({ zip: '97212' })
  const nobody = await admin('lookUpDelivery', { params, body: { address: 'no-one@example.org' } })
  expect(good(nobody)['delivery']).toBeNull()
  good(await admin('throttleCampaign', { params, body: { perSecond: null, transports: ['file'] } }))
  good(await admin('pauseCampaign', { params, body: { reason: 'a look' } }))
  good(await admin('resumeCampaign', { params }))
  expect(good(await admin('getStatus', { params }))).toMatchObject({
    state: 'sending',
    deliveries: { pending: audience },
  })
  expect(good(await admin('cancelCampaign', { params }))).toMatchObject({ state: 'cancelled', skipped: audience })
  expect(good(await admin('getReport', { params }))['reasons']).toMatchObject([{ state: 'skipped', count: audience }])
  const { items } = good(await admin('listCampaignEvents', { params })) as { items: { act: string }[] }
  expect(items.map(({ act }) => act)).toEqual(expect.arrayContaining(['approved', 'scheduled', 'paused', 'cancelled']))
})

test('what failed is retried, what is in doubt is resolved', async () => {
  const params = { id: await launchedCampaign(store.db, { addresses: ['f@example.org', 'd@example.org'] }) }
  await store.pool.query(
    `UPDATE delivery SET state = 'failed', reason = 'deadline', next_at = NULL WHERE id = (SELECT min(id) FROM delivery WHERE campaign_id = $1)`,
    [params.id],
  )
  expect(good(await admin('retryFailed', { params, body: {} }))).toMatchObject({ retried: 1 })
  expect(good(await admin('resolveDoubt', { params, body: { as: 'sent' } }))).toMatchObject({ resolved: 0 })
})

test('the transports and the kill switch', async () => {
  const params = { transport: 'file' }
  good(await admin('pauseTransport', { params, body: { minutes: 5, reason: 'moving' } }))
  expect(good(await admin('listTransports'))['paused']).toMatchObject([{ transport: 'file', reason: 'moving' }])
  good(await admin('resumeTransport', { params }))
  expect((await admin('resumeTransport', { params: { transport: 'pigeon' } })).json['code']).toBe('no_transport')
  expect(good(await admin('engageKillSwitch', { body: { reason: 'wrong list' } }))).toMatchObject({ isEngaged: true })
  good(await admin('releaseKillSwitch', { body: { reason: 'right list' } }))
  expect(good(await admin('getKillSwitch'))).toMatchObject({ isEngaged: false, reason: 'right list' })
})

test('every operation of the document was called, and answered as it says', () => {
  const missing = [...api.operations.keys()].filter((id) => !api.exercised.has(id))
  expect(missing).toEqual(noDovecot === null ? [] : ['pollMailbox'])
})
