// The check page: each problem with the place that mends it; and test messages, which go to a few typed addresses only (threat T19).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../../src/store/connect.ts'
import { signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { addSubscribers, draftCampaign, replaced } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let author: Person
let id: string
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  author = await signedIn(web, 'author')
  await addSubscribers(store.db, ['97212', '97212', '35203', null], 'seeded-person')
  id = await draftCampaign(store.db)
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

function test(fields: Record<string, string>): Promise<Response> {
  return author.post(`/campaigns/${id}/test`, fields)
}

describe('the page', () => {
  it('of a sound campaign says so, with both hashes', async () => {
    const page = await author.page(`/campaigns/${id}/check`)
    expect(page).toContain('The check has passed')
    expect(page.match(/<code>[0-9a-f]{64}<\/code>/g)).toHaveLength(2)
    expect(page).toContain(`href="/console/campaigns/${id}/votes"`)
  })

  it('leads from each error to the place that mends it', async () => {
    const broken = await draftCampaign(store.db, (files) => {
      files['campaign.yaml'] = replaced(files['campaign.yaml'], /\n {2}opponent: \|\n(?: {4}.*\n)+/, '\n')
      files['partials/picture.mjml'] = replaced(files['partials/picture.mjml'], '{{campaign.house.yea}}', '232')
    })
    const page = await author.page(`/campaigns/${broken}/check`)
    expect(page).toContain('The check has not passed')
    expect(page).toContain(`href="/console/campaigns/${broken}/compose?file=fields#f-scripts.opponent"`)
    expect(page).toMatch(/232–188/)
    const form = await author.page(`/campaigns/${broken}/compose?file=fields`)
    expect(form).toContain('id="f-scripts.opponent"')
  })

  it('of a template that does not compile leads to file and line', async () => {
    const broken = await draftCampaign(store.db, (files) => {
      files['partials/who.mjml'] = 'one\n{{nobody}}'
    })
    const page = await author.page(`/campaigns/${broken}/check`)
    expect(page).toContain(`href="/console/campaigns/${broken}/compose?file=partials%2Fwho.mjml#L2"`)
  })
})

describe('a test', () => {
  it('goes to the addresses that were typed, of one ZIP, and enters no ledger', async () => {
    const page = await (
      await test({ to: 'first@staff.example; second@staff.example', which: 'zip', zip: '35203' })
    ).text()
    expect(page).toContain('2 of 2 test messages were accepted.')
    const mails = await web.mails()
    expect(new Set(mails.map((mail) => mail.to?.[0]?.address))).toEqual(
      new Set(['first@staff.example', 'second@staff.example']),
    )
    expect(mails[0]?.text).toContain('Sewell')
    const { rows } = await store.pool.query('SELECT FROM delivery')
    expect(rows).toHaveLength(0)
  })

  it('of every combination sends one of each', async () => {
    const page = await (await test({ to: 'first@staff.example', which: 'every' })).text()
    expect(page).toContain('3 of 3 test messages were accepted.')
    expect(new Set((await web.mails()).map((mail) => mail.subject)).size).toBe(3)
  })

  it('T19: goes to ten people at most, and to no list of anything else', async () => {
    const many = Array.from({ length: 11 }, (_, n) => `person${n}@staff.example`).join(',')
    for (const [to, sentence] of [
      [many, '11 addresses are more than a test needs'],
      ['not an address', 'is no address'],
      ['', 'no address was typed'],
    ] as const) {
      const answer = await test({ to })
      expect(answer.status).toBe(422)
      expect(await answer.text()).toContain(sentence)
    }
    expect((await test({ to: 'first@staff.example', which: 'zip', zip: '9' })).status).toBe(422)
    expect(await web.mails()).toEqual([])
  })

  it('T16: is not for whoever cannot write campaigns', async () => {
    for (const role of ['viewer', 'approver', 'compliance'] as const) {
      const person = await signedIn(web, role)
      expect((await person.post(`/campaigns/${id}/test`, { to: 'first@staff.example' })).status).toBe(403)
      expect(await person.page(`/campaigns/${id}/check`)).not.toContain('Send the test')
    }
  })
})
