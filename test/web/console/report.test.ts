// The report and the wire over HTTP: who sees addresses, what is set right, what is streamed.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findCampaign } from '../../../src/campaign/campaigns.ts'
import { launchCampaign } from '../../../src/campaign/launch.ts'
import type { Store } from '../../../src/store/connect.ts'
import { states } from '../../support/campaign.ts'
import { signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { ACT, addSubscribers, approvedCampaign, draftCampaign } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let approver: Person
let viewer: Person
let id: string
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  approver = await signedIn(web, 'approver')
  viewer = await signedIn(web, 'viewer')
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await store.pool.query('TRUNCATE subscriber, campaign, delivery, attempt CASCADE')
  await addSubscribers(store.db, ['97212', '97212', '35203', '35203', '20001', null], '=seeded')
  id = await approvedCampaign(store.db)
  await launchCampaign(store.db, id, { ...ACT, expect: 6, transports: ['file'] })
  // Two sent, two failed for two reasons, two in doubt.
  await sql`
    UPDATE delivery d SET next_at = NULL, attempt = 1, state = CASE place % 3 WHEN 0 THEN 'sent' WHEN 1 THEN 'failed' ELSE 'in_doubt' END,
      reason = CASE place WHEN 1 THEN 'content' WHEN 4 THEN 'attempts' WHEN 2 THEN 'lease_expired' WHEN 5 THEN 'lease_expired' END,
      sent_at = CASE WHEN place % 3 = 0 THEN now() END
    FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM delivery) AS p WHERE p.id = d.id`.execute(
    store.db,
  )
})

describe('the report', () => {
  test('T16: a viewer sees figures and no address, and gets no file', async () => {
    const page = await viewer.page(`/campaigns/${id}/report`)
    expect(page).toContain('Who got what')
    expect(page).not.toContain('@example.org')
    expect((await viewer.get(`/campaigns/${id}/report.csv`)).status).toBe(403)
    expect((await viewer.post(`/campaigns/${id}/report/find`, { address: 'a@example.org' })).status).toBe(403)
    expect((await viewer.post(`/campaigns/${id}/retry-failed`)).status).toBe(403)
    expect((await viewer.post(`/campaigns/${id}/pause`, { reason: 'why' })).status).toBe(403)
  })

  test('T6: the file is safe to open in a spreadsheet, and taking it is in the audit log', async () => {
    const answer = await approver.get(`/campaigns/${id}/report.csv?state=failed`)
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${id}.csv"`)
    const lines = (await answer.text()).trim().split('\r\n')
    expect(lines).toHaveLength(3)
    expect(lines.slice(1).every((line) => line.startsWith("'=seeded") || line.startsWith(`"'=seeded`))).toBe(true)
    const { rows } = await store.pool.query(`SELECT actor, object FROM audit_entry WHERE act = 'export deliveries'`)
    expect(rows).toContainEqual({ actor: expect.stringContaining(approver.name), object: `campaign/${id}` })
  })

  test('failed ones are tried again, all or those of one reason', async () => {
    expect((await approver.post(`/campaigns/${id}/retry-failed`, { reason: 'attempts' })).status).toBe(303)
    expect(await states(store.db, id)).toEqual({ sent: 2, failed: 1, in_doubt: 2, pending: 1 })
    expect((await approver.post(`/campaigns/${id}/retry-failed`, { reason: '' })).status).toBe(303)
    expect(await states(store.db, id)).toEqual({ sent: 2, in_doubt: 2, pending: 2 })
  })

  test('doubt is resolved by typing how', async () => {
    expect((await approver.post(`/campaigns/${id}/resolve-doubt`, { as: 'sent', typed: 'resend' })).status).toBe(422)
    expect(await states(store.db, id)).toMatchObject({ in_doubt: 2 })
    expect((await approver.post(`/campaigns/${id}/resolve-doubt`, { as: 'sent', typed: 'sent' })).status).toBe(303)
    expect(await states(store.db, id)).toEqual({ sent: 4, failed: 2 })
  })

  test('a campaign that is not launched says what will be there, on both pages', async () => {
    const draft = await draftCampaign(store.db)
    expect(await viewer.page(`/campaigns/${draft}/report`)).toContain('Nothing has been sent.')
    expect(await viewer.page(`/campaigns/${draft}/live`)).toContain('It has not been launched.')
  })
})

describe('the wire', () => {
  test('streams the whole state as elements with ids, and ends when nothing moves any more', async () => {
    await store.pool.query(`UPDATE campaign SET state = 'finished', finished_at = now() WHERE id = $1`, [id])
    const answer = await viewer.get(`/campaigns/${id}/live/events?state=sending`, { accept: 'text/event-stream' })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    const text = await answer.text()
    for (const part of [
      'live-figures',
      'live-states',
      'live-pace',
      'live-providers',
      'live-trouble',
      'standing',
      'live-urgent',
    ])
      expect(text).toContain(`id="${part}"`)
    expect(text).toContain('event: last')
    expect(text).not.toContain('@example.org')
  })

  test('it is limited, sent another way, paused with a reason, and cancelled by typing', async () => {
    const act = async (name: string, fields: Record<string, string>) =>
      (await approver.post(`/campaigns/${id}/${name}`, fields)).status
    expect(await act('throttle', { perSecond: 'fast' })).toBe(422)
    expect(await act('throttle', { perSecond: '2.5' })).toBe(303)
    expect(await act('transports', { transports: 'pigeon' })).toBeGreaterThanOrEqual(400)
    expect(await act('transports', { transports: 'file' })).toBe(303)
    expect(await act('pause', { reason: ' ' })).toBe(422)
    expect(await act('pause', { reason: 'a doubt' })).toBe(303)
    expect(await findCampaign(store.db, id)).toMatchObject({ state: 'paused', pause_reason: 'a doubt' })
    expect(await act('cancel', { typed: 'yes' })).toBe(422)
    expect(await act('cancel', { typed: 'cancel' })).toBe(303)
    expect((await findCampaign(store.db, id)).state).toBe('cancelled')
    expect(await act('take-back', {})).toBe(422)
  })
})
