// The reference campaign from an empty database to every inbox, by HTTP alone.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readTemplateFolder } from '../../../src/campaign/folder.ts'
import { compose } from '../../../src/compose.ts'
import {
  asClerkXml,
  asMapCsv,
  asSenateXml,
  sampleMapLines,
  sampleRollCall,
  sampleTermsCsv,
} from '../../congress/sample-files.ts'
import { openApi } from '../../support/api.ts'
import { testDatabase } from '../../support/database.ts'
import { TEMPLATE } from '../../support/reference-campaign.ts'
import { openWeb } from '../../support/web.ts'

const PEOPLE = [
  ['ada@example.org', 'Ada', 'Lovelace', '97212'],
  ['grace@example.org', 'Grace', 'Hopper', '33010'],
  ['mary@example.org', 'Mary', 'Jackson', '89501'],
]

test(
  'a program imports, writes, checks, tests, has it approved by another, launches, and reads the report',
  { timeout: 120_000 },
  async () => {
    await using store = await testDatabase()
    await using web = await openWeb(store)
    const api = await openApi(web)
    const author = await api.as('author')
    const approver = await api.as('approver')

    const files: [string, string, string, Record<string, string>][] = [
      ['terms.csv', 'text/csv', sampleTermsCsv(), {}],
      ['map.csv', 'text/csv', asMapCsv(sampleMapLines()), { congress: '115' }],
      ['h708.xml', 'application/xml', asClerkXml(sampleRollCall('h708-115.2017')), {}],
      ['s325.xml', 'application/xml', asSenateXml(sampleRollCall('s325-115.2017')), {}],
    ]
    for (const [name, type, body, query] of files) {
      const { status, json } = await author('importCongressFile', { query: { name, ...query }, type, body })
      expect({ name, status, changed: json['changed'] }).toEqual({ name, status: 200, changed: true })
    }
    const csv = ['email,first name,last name,zip', ...PEOPLE.map((each) => each.join(','))].join('\n')
    const imported = await author('importSubscribers', { type: 'text/csv', body: csv, query: { name: 'list.csv' } })
    expect(imported.json).toMatchObject({ rows: 3, added: 3, rejected: 0, zips: { known: 3 } })

    const created = await author('createCampaign', { body: { files: await readTemplateFolder(TEMPLATE) } })
    expect(created.status).toBe(201)
    const params = { id: String(created.json['id']) }
    const checked = await author('checkCampaign', { params })
    expect(checked.json).toMatchObject({ passed: true, audience: 3 })
    const preview = await author('previewForZip', { params, query: { zip: '97212', format: 'text' } })
    expect(preview.text).toContain('Blumenauer')
    const tested = await author('sendTests', { params, body: { to: ['author@example.org'] } })
    expect(tested.json['messages']).toEqual([expect.objectContaining({ accepted: true })])
    expect((await author('launchCampaign', { params, body: { expect: 3 } })).status).toBe(409)

    const approved = await approver('approveCampaign', { params, body: { hash: checked.json['hash'] } })
    expect(approved.json).toMatchObject({ state: 'approved', audience: 3 })
    expect(approved.json['approvedBy']).toContain(approver.person.name)
    expect((await author('launchCampaign', { params, body: { expect: 4 } })).json['code']).toBe('audience_differs')
    const launched = await author('launchCampaign', { params, body: { expect: 3, transports: ['file'] } })
    expect(launched.json).toMatchObject({ state: 'sending', audience: 3, skipped: 0 })

    await using app = await compose({ ...web.site.config, DATABASE_URL: store.url })
    await using worker = await app.work({ concurrency: 1, sweepEveryMs: 100 })
    await worker.drained()
    expect((await author('getStatus', { params })).json).toMatchObject({ state: 'finished', deliveries: { sent: 3 } })
    const { json: report } = await author('getReport', { params })
    expect(report).toMatchObject({
      audience: 3,
      rollCalls: [{ changedSinceLaunch: false }, { changedSinceLaunch: false }],
    })
    const inbox = await readdir(path.join(web.site.config.ROLLCALL_HOME, 'outbox'))
    expect(inbox.filter((name) => name.endsWith('.eml'))).toHaveLength(4)
  },
)
