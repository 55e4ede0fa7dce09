// The check of the reference campaign: it passes as it is, and says what a person should know of votes and people.
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaign/campaigns.ts'
import { checkCampaign, type CheckReport } from '../../src/campaign/check.ts'
import { approveCampaign } from '../../src/campaign/control.ts'
import { overrideStance } from '../../src/campaign/create.ts'
import { insertIssues } from '../../src/congress/import-issues.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, SENDER, draftCampaign, keyOf } from '../support/reference-campaign.ts'
import { addAudience, checkDraft, edit, problemsOf, type Change } from './check-draft.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  await addAudience(store.db)
})
afterAll(() => store[Symbol.asyncDispose]())

const check = (change?: Change) => checkDraft(store.db, change)

describe('the reference campaign', () => {
  let report: CheckReport
  beforeAll(async () => {
    report = await check()
  })

  test('passes, with nothing to warn of but the legislators who left their party', () => {
    expect(report.passed).toBe(true)
    expect(report.audience).toBe(7)
    expect(problemsOf(report)).toEqual([])
    expect(new Set(problemsOf(report, 'warning').map(({ code }) => code))).toEqual(new Set(['off_party']))
  })

  test('names all 30 of the House and 20 of the Senate who voted against most of their side', () => {
    const named = (chamber: string) =>
      report.problems
        .filter(({ code, message }) => code === 'off_party' && message.startsWith(chamber))
        .flatMap(({ message }) => message.match(/\([A-Z]{2}-\d+\)/g) ?? [])
    expect(new Set(named('h708-115.2017')).size).toBe(30)
    expect(new Set(named('s325-115.2017')).size).toBe(20)
    expect(named('h708-115.2017')).toHaveLength(30)
    expect(named('s325-115.2017')).toEqual(expect.arrayContaining(['(KY-3)', '(UT-3)', '(ME-1)']))
  })

  test('says who is skipped or gets another text, and by which policy', () => {
    const about = (code: string) => report.problems.find((problem) => problem.code === code)?.message
    expect(about('audience')).toBe('7 subscribers, 0 of them suppressed and skipped')
    expect(about('ambiguous')).toMatch(/^2 subscribers .*policy senators_only: they get the text about their senators/)
    expect(about('unresolved')).toMatch(/^3 subscribers .*policy generic: they get the general text/)
    expect(about('vacant')).toBe('3 seats were vacant at the vote: US-H-AZ-08, US-H-MI-13, US-H-PA-18')
    expect(about('absent')).toMatch(/^15 did not vote: /)
  })
})

describe('facts', () => {
  const fresh = () => draftCampaign(store.db)
  afterEach(async () => {
    await sql`DELETE FROM import_issue WHERE code = 'unknown_id'`.execute(store.db)
    await sql`DELETE FROM suppression`.execute(store.db)
  })

  test('an option that no stance explains stops the campaign', async () => {
    const report = await check(edit('campaign.yaml', ', not_voting: absent', ''))
    expect(problemsOf(report)).toMatchObject([
      {
        code: 'unmapped_option',
        message: 'h708-115.2017 has the option "not_voting" (13 positions), and no stance says what it means.',
        hint: 'say what it means under rollCalls, stances of h708-115.2017',
      },
    ])
  })

  test('an id in quarantine stops the campaign', async () => {
    const id = await fresh()
    const sentence = 'The id X000999 on s325-115.2017 belongs to nobody we know.'
    const finding = { code: 'unknown_id', severity: 'blocking' as const, subject: 'X000999', sentence }
    await insertIssues(store.db, [finding], { sourceId: null, rollCallId: 's325-115.2017', now: new Date() })
    const report = await checkCampaign(store.db, id, SENDER, ACT.clock)
    expect(problemsOf(report)).toMatchObject([{ code: 'unknown_id', message: sentence }])
    expect(report.passed).toBe(false)
  })

  test('an override is listed with its reason and who set it', async () => {
    const id = await fresh()
    await overrideStance(store.db, id, { bioguide: 'W000779', stance: 'neutral', reason: 'asked us to wait' }, ACT)
    const report = await checkCampaign(store.db, id, SENDER, ACT.clock)
    const [found] = report.problems.filter(({ code }) => code === 'override')
    expect(found).toMatchObject({
      severity: 'warning',
      message: 'Wyden (W000779) counts as neutral by hand: asked us to wait (tester)',
    })
  })

  test('the suppressed are counted', async () => {
    await store.db
      .insertInto('suppression')
      .values({
        address_key: keyOf('person0@example.org'),
        reason: 'unsubscribe',
        channel: 'page',
        set_by: 'x',
        set_at: new Date(),
      })
      .execute()
    const report = await check()
    expect(report.problems.find(({ code }) => code === 'audience')?.message).toMatch(/^7 subscribers, 1 of them/)
  })

  test.each([
    ['ambiguous', 'show_all', /^2 subscribers .* they get every possible representative by name$/],
    ['ambiguous', 'skip', /^2 subscribers .* they are skipped$/],
    ['unresolved', 'skip', /^3 subscribers .* they are skipped$/],
  ])('the policy %s: %s is told with its count', async (key, policy, sentence) => {
    const report = await check(edit('campaign.yaml', new RegExp(`^${key}: \\w+`, 'm'), `${key}: ${policy}`))
    expect(report.passed).toBe(true)
    expect(report.problems.find(({ code }) => code === key)?.message).toMatch(sentence)
  })

  test('nobody to write to is an error', async () => {
    await sql`DELETE FROM subscriber`.execute(store.db)
    const report = await check()
    await addAudience(store.db)
    expect(problemsOf(report)).toMatchObject([{ code: 'no_audience' }])
    expect(report.audience).toBe(0)
  })
})

test('T19: what the check refuses cannot be approved, and the refusal says why', async () => {
  const id = await draftCampaign(store.db, edit('partials/picture.mjml', '{{campaign.house.yea}}–', '230–'))
  const report = await checkCampaign(store.db, id, SENDER, ACT.clock)
  await expect(approveCampaign(store.db, id, report.problems, ACT)).rejects.toMatchObject({
    code: 'check_failed',
    message: expect.stringContaining('"230–188" in the HTML part'),
  })
  expect((await findCampaign(store.db, id)).state).toBe('draft')
})
