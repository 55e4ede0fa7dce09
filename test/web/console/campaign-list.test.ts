// The list of campaigns: filters, pages, figures, and ways to begin a new one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { createFigureDesk } from '../../../src/delivery/campaign-figures.ts'
import { campaignList } from '../../../src/delivery/campaign-list.ts'
import { findCampaign } from '../../../src/campaign/campaigns.ts'
import { launchCampaign } from '../../../src/campaign/launch.ts'
import type { Store } from '../../../src/store/connect.ts'
import { landing, signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { ACT, addSubscribers, approvedCampaign, draftCampaign } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let author: Person
let launched: string
const failures: unknown[] = []
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  author = await signedIn(web, 'author')
  await addSubscribers(store.db, ['97212', '97212', '35203', null], 'seeded-person')
  launched = await approvedCampaign(store.db)
  await launchCampaign(store.db, launched, { ...ACT, expect: null, transports: ['file'] })
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const ALL = { state: null, name: '' } as const
const desk = () => createFigureDesk(store.db, (error) => failures.push(error))

/** Some deliveries become sent, as a worker would leave them. */
async function send(limit: number): Promise<void> {
  await sql`
    UPDATE delivery SET state = 'sent', sent_at = now(), next_at = NULL, updated_at = now()
    WHERE id IN (SELECT id FROM delivery WHERE campaign_id = ${launched} AND state = 'pending' LIMIT ${limit})`.execute(
    store.db,
  )
}

describe('the figures', () => {
  it('are counted when they are first asked for', async () => {
    await send(1)
    const { rows } = await campaignList(store.db, desk(), ALL, { limit: 10 })
    expect(rows[0]).toMatchObject({
      id: launched,
      audience: 4,
      rollCalls: ['h708-115.2017', 's325-115.2017'],
      figures: { deliveries: { sent: 1, pending: 3, bounced: 0 }, perSecond: 0.1 },
    })
  })

  it('are not counted again within seconds, and are after that', async () => {
    await send(1)
    const figures = desk()
    const sent = async () => {
      const { rows } = await campaignList(store.db, figures, ALL, { limit: 10 })
      return rows[0]?.figures?.deliveries.sent
    }
    expect(await sent()).toBe(1)
    await sql`UPDATE campaign_figure SET counted_at = counted_at - interval '6 seconds'`.execute(store.db)
    expect(await sent()).toBe(2)
  })

  it('that take long to count are shown as they were, and the count ends by itself', async () => {
    await send(1)
    await sql`UPDATE campaign_figure SET counted_at = counted_at - interval '6 seconds'`.execute(store.db)
    const figures = desk()
    const blocker = await store.pool.connect()
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE campaign_figure IN SHARE ROW EXCLUSIVE MODE')
    const early = await figures.figuresOf([{ id: launched, isMoving: true }], 1)
    expect(early.get(launched)?.deliveries.sent).toBe(2)
    await blocker.query('COMMIT')
    blocker.release()
    const late = await figures.figuresOf([{ id: launched, isMoving: true }], 60_000)
    expect(late.get(launched)?.deliveries.sent).toBe(3)
    expect(failures).toEqual([])
  })
})

describe('the page', () => {
  it('shows state, subject, roll calls, progress and rate, and moves while something is sent', async () => {
    const text = (await author.page('/campaigns')).replace(/\s+/g, ' ')
    expect(text).toContain('The shutdown vote and the Dreamers')
    expect(text).toContain('3 of 4')
    expect(text).toContain('data-live="/console/campaigns/live?"')
    const events = await author.get('/campaigns/live')
    const first = await events.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toContain(`id="progress-${launched}"`)
  })

  it('is filtered by state and name, in which a % is a %', async () => {
    const draft = await draftCampaign(store.db, (files) => {
      files['campaign.yaml'] = files['campaign.yaml']?.replace(/^title: .*$/m, 'title: 100% of the 100th') ?? ''
    })
    const found = async (query: string) => {
      const page = await author.page(`/campaigns?${query}`)
      return [draft, launched].filter((id) => page.includes(`/campaigns/${id}"`))
    }
    expect(await found('name=100%25')).toEqual([draft])
    expect(await found('name=%25')).toEqual([draft])
    expect(await found('name=SHUTDOWN')).toEqual([launched])
    expect(await found('state=sending')).toEqual([launched])
    expect(await found('state=paused')).toEqual([])
    expect(await author.page('/campaigns?state=paused')).toContain('No campaign fits.')
  })

  it('goes page by page, with a hint for a cursor that is none', async () => {
    for (let n = 0; n < 30; n++) await draftCampaign(store.db)
    const first = await author.page('/campaigns')
    const next = /href="(\?after=[^"]+)" rel="next"/.exec(first)?.[1] ?? /rel="next" href="(\?[^"]+)"/.exec(first)?.[1]
    const second = await author.page(`/campaigns${next?.replaceAll('&amp;', '&')}`)
    expect(second).toContain(`/campaigns/${launched}"`)
    expect(first).not.toContain(`/campaigns/${launched}"`)
    expect((await author.get('/campaigns?after=nonsense')).status).toBe(422)
  })

  it('leads from the bare address of a campaign to the page that fits its state', async () => {
    expect(landing(await author.get(`/campaigns/${launched}`))).toBe(`/campaigns/${launched}/live`)
    expect((await author.get('/campaigns/nothing-like-it')).status).toBe(404)
  })
})

describe('a new campaign', () => {
  it('from scratch takes the organisation from the settings and the good vote from the form', async () => {
    const answer = await author.post('/campaigns/new/scratch', {
      scratchTitle: 'A vote of our own',
      house: 'h708-115.2017',
      houseGood: 'nay',
      senate: '',
      senateGood: 'nay',
    })
    const id = landing(answer).split('/')[2] ?? ''
    expect(landing(answer)).toBe(`/campaigns/${id}/compose`)
    expect(await findCampaign(store.db, id)).toMatchObject({ name: 'A vote of our own', state: 'draft' })
    expect(await author.page(`/campaigns/${id}/compose`)).toContain('Indivisible Project')
  })

  it('that cannot be made says why in its place and keeps what was typed', async () => {
    const none = await author.post('/campaigns/new/scratch', {
      scratchTitle: 'Without any vote',
      house: '',
      senate: '',
    })
    expect(none.status).toBe(422)
    const page = await none.text()
    expect(page).toContain('name at least one roll call')
    expect(page).toContain('value="Without any vote"')
    expect((await author.post('/campaigns/new/template', { template: '../../etc' })).status).toBe(422)
    expect((await author.post('/campaigns/new/clone', { from: 'nothing' })).status).toBe(422)
  })

  it('T16: is not for a viewer', async () => {
    const viewer = await signedIn(web, 'viewer')
    expect((await viewer.get('/campaigns/new')).status).toBe(403)
    expect((await viewer.post('/campaigns/new/clone', { from: launched })).status).toBe(403)
    expect(await viewer.page('/campaigns')).not.toContain('New campaign')
  })
})
