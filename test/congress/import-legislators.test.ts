// Importing legislators: who sat where, from two files of which the earlier end wins.
import { sql } from 'kysely'
import { dump } from 'js-yaml'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { importCongressFile } from '../../src/congress/import-file.ts'
import type { ImportReport } from '../../src/congress/import-report.ts'
import { TERMS_HEADER } from '../../src/congress/importers/terms-csv.ts'
import { resolveIds } from '../../src/congress/legislators.ts'
import { loadTerms } from '../../src/congress/terms.ts'
import { fixedClock } from '../../src/core/clock.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

const clock = fixedClock('2018-01-10T12:00:00Z')
let store: Store

beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await sql`TRUNCATE term_party, term, legislator_alias, legislator, position, import_issue CASCADE`.execute(store.db)
})

interface Entry {
  id: Record<string, unknown>
  name: Record<string, string>
  terms: Record<string, unknown>[]
}

const strange: Entry = {
  id: { bioguide: 'S001202', lis: 'S392', govtrack: 412734 },
  name: { first: 'Luther', last: 'Strange', official_full: 'Luther Strange' },
  terms: [
    {
      type: 'sen',
      start: '2017-02-09',
      end: '2021-01-03',
      state: 'AL',
      class: 2,
      party: 'Republican',
      how: 'appointment',
    },
  ],
}
const jones: Entry = {
  id: { bioguide: 'J000300', lis: 'S393', govtrack: 412741 },
  name: { first: 'Doug', last: 'Jones' },
  terms: [
    {
      type: 'sen',
      start: '2018-01-03',
      end: '2021-01-03',
      state: 'AL',
      class: 2,
      party: 'Democrat',
      how: 'special-election',
    },
  ],
}

function take(content: string): Promise<ImportReport> {
  return importCongressFile(store.db, { file: { name: 'legislators', bytes: Buffer.from(content) }, clock })
}

const yaml = (...entries: Entry[]): string => dump(entries, { quoteStyle: 'single', forceQuotes: true } as object)
const json = (...entries: Entry[]): string => JSON.stringify(entries)

function termsCsv(...rows: Record<string, string>[]): string {
  return [TERMS_HEADER.join(','), ...rows.map((row) => TERMS_HEADER.map((name) => row[name] ?? '').join(','))].join(
    '\r\n',
  )
}
const strangeRow = {
  bioguide: 'S001202',
  lis: 'S392',
  govtrack: '412734',
  first: 'Luther',
  last: 'Strange',
  type: 'sen',
  state: 'AL',
  class: '2',
  party: 'Republican',
  start: '2017-02-09',
  end_scheduled: '2021-01-03',
  left_observed_on: '2018-01-05',
}

async function ends(): Promise<string[]> {
  return (await loadTerms(store.db)).map((term) => `${term.bioguide} ${term.start} ${term.end} ${term.endBasis}`)
}

describe('legislators', () => {
  test('YAML and JSON of the same content are the same; twice changes nothing', async () => {
    expect(await take(json(strange, jones))).toMatchObject({
      changed: true,
      counts: { legislators_added: 2, terms_added: 2 },
    })
    expect(await take(json(strange, jones))).toMatchObject({ changed: false })
    expect(await take(JSON.stringify([strange, jones], null, 2))).toMatchObject({
      changed: false,
      format: 'legislators',
    })
  })

  test("a successor's start ends a term; an observed end that is later does not move it", async () => {
    await take(json(strange, jones))
    expect(await ends()).toEqual(['S001202 2017-02-09 2018-01-03 successor', 'J000300 2018-01-03 2021-01-03 scheduled'])
    expect(await take(termsCsv(strangeRow))).toMatchObject({ format: 'terms-csv', changed: false })
  })

  test('from two files the earlier end wins, in either order', async () => {
    await take(json(strange))
    await take(termsCsv(strangeRow))
    expect(await ends()).toEqual(['S001202 2017-02-09 2018-01-05 observed'])
    expect(await take(json(strange))).toMatchObject({ changed: false })
    expect(await ends()).toEqual(['S001202 2017-02-09 2018-01-05 observed'])
  })

  test('a term without a day, and those before 1989, are left out', async () => {
    const report = await take(
      termsCsv(
        { ...strangeRow, left_observed_on: '2017-02-09' },
        { ...strangeRow, start: '1987-01-06', end_scheduled: '1989-01-03', left_observed_on: '' },
      ),
    )
    expect(report.sentences.join(' ')).toMatch(/lasted no day: S001202 in US-S-AL-2/)
    expect(await ends()).toEqual([])
  })

  test('the party of a day is the last affiliation that starts on or before it', async () => {
    const affiliations = [
      { start: '2017-02-09', end: '2017-06-01', party: 'Republican' },
      { start: '2017-06-01', end: '2021-01-03', party: 'Independent', caucus: 'Democrat' },
    ]
    await take(
      json({ ...strange, terms: [{ ...strange.terms[0], party: 'Independent', party_affiliations: affiliations }] }),
    )
    const [term] = await loadTerms(store.db)
    expect(term?.parties).toEqual([
      { from: '2017-02-09', party: 'Republican', caucus: null },
      { from: '2017-06-01', party: 'Independent', caucus: 'Democrat' },
    ])
  })

  test('a person whose bioguide id was retired stays one person under both ids', async () => {
    await take(json(strange))
    await take(json({ ...strange, id: { ...strange.id, bioguide: 'S009999', bioguide_previous: ['S001202'] } }))
    const ids = await resolveIds(store.db, 'bioguide', ['S001202', 'S009999'])
    expect(new Set(ids.values()).size).toBe(1)
    expect(ids.size).toBe(2)
  })

  test('a corrected start replaces the term', async () => {
    await take(json(strange))
    const report = await take(json({ ...strange, terms: [{ ...strange.terms[0], start: '2017-02-08' }] }))
    expect(report.counts).toMatchObject({ terms_added: 1, terms_removed: 1 })
    expect(await ends()).toEqual(['S001202 2017-02-08 2021-01-03 scheduled'])
  })

  test('whoever is missing from a list of those in office is reported, and stays', async () => {
    const shelby: Entry = {
      id: { bioguide: 'S000320', lis: 'S184' },
      name: { first: 'Richard', last: 'Shelby' },
      terms: [{ type: 'sen', start: '2017-01-03', end: '2023-01-03', state: 'AL', class: 3, party: 'Republican' }],
    }
    await take(json(shelby, strange))
    expect((await take(json(strange))).sentences.join(' ')).toMatch(
      /not in this list: S000320 in US-S-AL-3. Their terms stay/,
    )
    expect(await ends()).toHaveLength(2)
  })
})

describe('refused', () => {
  const at = (entry: Entry, term: Record<string, unknown>): Entry => ({
    ...entry,
    terms: [{ ...entry.terms[0], ...term }],
  })
  const other = { ...jones, terms: [{ ...jones.terms[0], start: '2017-02-09' }] }
  test.each([
    ['a bioguide id twice', json(strange, { ...jones, id: strange.id }), /bioguide S001202 stands for both Strange/],
    ['a LIS id twice', json(strange, { ...jones, id: { ...jones.id, lis: 'S392' } }), /lis S392 stands for both/],
    ['an end before the start', json(at(strange, { end: '2017-01-01' })), /ends 2017-01-01, before it starts/],
    ['a class of 4', json(at(strange, { class: 4 })), /S001202\.terms\.0\.class/],
    [
      'a third class of one state',
      json(strange, at(jones, { class: 1 }), {
        ...jones,
        id: { bioguide: 'X000001' },
        terms: [{ ...jones.terms[0], class: 3 }],
      }),
      /AL has Senate seats of three classes/,
    ],
    ['two newcomers in one seat on one day', json(strange, other), /terms overlap: \w+ in US-S-AL-2/],
    [
      'one person in two seats',
      json({
        ...strange,
        terms: [
          ...strange.terms,
          { type: 'rep', start: '2017-03-01', end: '2019-01-03', state: 'AL', district: 1, party: 'Republican' },
        ],
      }),
      /terms overlap: S001202/,
    ],
    ['a state that is none', json(at(strange, { state: 'ZZ' })), /S001202: "ZZ" is none of the 56/],
    ['a senator of a territory', json(at(strange, { state: 'PR' })), /S001202: PR elects no senators/],
    ['a day that does not exist', json(at(strange, { start: '2017-02-30' })), /S001202\.terms\.0\.start/],
    ['an unquoted day in YAML', yaml(strange).replace(/start: .*/, 'start: 20170209'), /S001202\.terms\.0\.start/],
    [
      'the upstream flat table',
      'last_name,first_name,middle_name,bioguide_id\nStrange,Luther,,S001202',
      /no term dates/,
    ],
    ['a terms table with an unknown type', termsCsv({ ...strangeRow, type: 'gov' }), /line 2: type "gov"/],
    ['aliases in YAML (T22)', '- &a [x]\n- *a\n', /the YAML is broken/],
    ['an empty list', '[]', /no legislators file/],
  ])('%s', async (_, content, message) => {
    await expect(take(content)).rejects.toThrow(
      expect.objectContaining({ code: 'import_refused', message: expect.stringMatching(message) as string }),
    )
    expect(await ends()).toEqual([])
    expect((await resolveIds(store.db, 'bioguide', ['S001202'])).size).toBe(0)
  })

  test('more House seats held than there are', async () => {
    const crowd = Array.from({ length: 442 }, (_, index): Entry => {
      const state = ['CA', 'TX', 'FL', 'NY', 'PA'][index % 5] ?? ''
      return {
        id: { bioguide: `C${String(index).padStart(6, '0')}` },
        name: { first: 'A', last: 'B' },
        terms: [
          {
            type: 'rep',
            start: '2017-01-03',
            end: '2019-01-03',
            state,
            district: 1 + Math.floor(index / 5),
            party: 'Democrat',
          },
        ],
      }
    })
    await expect(take(json(...crowd))).rejects.toThrow(/on 2017-01-03 442 House seats are held; there are 441/)
    await expect(take(json(...crowd.slice(1)))).resolves.toMatchObject({ changed: true })
  })
})
