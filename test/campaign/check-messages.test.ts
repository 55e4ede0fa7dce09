// What the check says of messages as a whole: scripts that are missing, sizes, and how it puts equal problems together.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { addAudience, checkDraft, edit, paragraph, problemsOf, type Change } from './check-draft.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  await addAudience(store.db)
})
afterAll(() => store[Symbol.asyncDispose]())

const check = (change?: Change) => checkDraft(store.db, change)

describe('a script that somebody would have to read and that is not there', () => {
  const without = (key: string) => edit('campaign.yaml', new RegExp(`^  ${key}: \\|\\n(?:    .*\\n)+`, 'm'), '')

  test.each([
    ['champion', /[[ ]all_champions \(/],
    ['absent', /\[(?:mixed|some_\w+) \(/],
    ['vacant', /\[\w+ \(US-H-(?:AZ-08|MI-13|PA-18)\)/],
    ['cannot_vote', /\[no_vote \(/],
  ])('is missed where the outcome is reachable: %s', async (key, place) => {
    const report = await check(without(key))
    expect(problemsOf(report).map(({ code, file, hint }) => [code, file, hint])).toEqual([
      ['missing_script', 'campaign.yaml', `write scripts.${key}`],
    ])
    expect(problemsOf(report)[0]?.message).toMatch(place)
  })

  test('is missed for a successor on the day of the call, and only then', async () => {
    const later = edit('campaign.yaml', /^callOn: .*$/m, 'callOn: 2018-01-05')
    expect((await check(without('succeeded'))).passed).toBe(true)
    const report = await check((files) => {
      later(files)
      without('succeeded')(files)
    })
    expect(problemsOf(report).map(({ hint }) => hint)).toEqual(['write scripts.succeeded'])
  })

  test('is not missed where nobody has that stance', async () => {
    expect((await check(without('not_serving'))).passed).toBe(true)
  })
})

describe('the size of the HTML part', () => {
  /** Messages of the reference campaign have 14 to 29 KB. */
  const padded = (bytes: number) => paragraph('word '.repeat(bytes / 5))

  test('over 90 KB is a warning', async () => {
    const report = await check(padded(70_000))
    expect(report.passed).toBe(true)
    const [found] = problemsOf(report, 'warning').filter(({ code }) => code === 'html_too_big')
    expect(found?.message).toMatch(/^the HTML part has 9\d\.\d KB; Gmail clips at 102\.0 KB/)
  })

  test('over 102 KB stops the campaign, even when only the longest message has them', async () => {
    const report = await check(padded(82_000))
    expect(report.passed).toBe(false)
    const found = report.problems.filter(({ code }) => code === 'html_too_big')
    expect(found.map(({ severity }) => severity)).toEqual(['error', 'warning'])
    expect(found[0]?.message).toMatch(/^the HTML part has 10[2-9]\.\d KB/)
  })
})

test('two wrong tallies in one part are two problems', async () => {
  const report = await check(paragraph('It passed the House 230–188 and the Senate 66–31.'))
  expect(problemsOf(report).map(({ message }) => message.split(' ')[0])).toEqual(['"230–188"', '"66–31"'])
})

test('a pale colour is one problem, whatever the names are that it hides', async () => {
  const report = await check(edit('partials/who.mjml', 'font-size:16px;color:#4b5260', 'font-size:16px;color:#c0c0c0'))
  const found = problemsOf(report, 'warning').filter(({ code }) => code === 'contrast_low')
  expect(found.length).toBeGreaterThan(0)
  // One for each tint of a card.
  expect(found.length).toBeLessThanOrEqual(5)
})
