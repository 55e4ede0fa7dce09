// The public files themselves, when they lie beside the checkout.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contains } from '../../src/congress/day.ts'
import { importCongressFile } from '../../src/congress/import-file.ts'
import type { ImportReport } from '../../src/congress/import-report.ts'
import { contentHash } from '../../src/congress/importers/commit-roll-call.ts'
import { readCongressFile } from '../../src/congress/importers/detect.ts'
import type { ParsedRollCall } from '../../src/congress/importers/parsed.ts'
import { loadPositions, loadRollCall } from '../../src/congress/roll-calls.ts'
import { loadTerms } from '../../src/congress/terms.ts'
import { loadZipSeats } from '../../src/congress/zip-maps.ts'
import { fixedClock } from '../../src/core/clock.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { FIXTURE, HOUSE, referenceMatcher, SENATE } from './reference-campaign.ts'

const SHARED = path.join(import.meta.dirname, '../../../shared')
const DATA = path.join(SHARED, 'data')
const isThere = existsSync(DATA)
if (!isThere && process.env['CI'] && existsSync(SHARED))
  throw new Error(`${SHARED} is there, but its data folder is not`)
if (!isThere)
  console.log(
    `skipped: the public files are not at ${path.relative('.', DATA)}; the reference tables are tested instead`,
  )

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

function take(file: string, congress?: number): Promise<ImportReport> {
  const clock = fixedClock('2026-06-20T12:00:00Z')
  return importCongressFile(store.db, {
    file: { path: path.join(DATA, file) },
    clock,
    ...(congress === undefined ? {} : { congress }),
  })
}

async function parse(file: string): Promise<ParsedRollCall> {
  const parsed = readCongressFile(await readFile(path.join(DATA, file)))
  if (parsed.kind !== 'roll_call') throw new Error(`${file} is no roll call`)
  return parsed
}

describe.skipIf(!isThere)('the public files', () => {
  test.each([
    ['roll708-2017.xml', '115-2017-h708.json'],
    ['vote_115_1_00325.xml', '115-2017-s325.json'],
    ['vote_117_1_00054-tie-breaker.xml', '117-2021-s54.json'],
    ['roll001-2003-quorum.xml', '108-2003-h1.json'],
    ['roll002-2007-speaker-election.xml', '110-2007-h2.json'],
  ])('%s and %s are one roll call', async (xml, json) => {
    const [a, b] = [await parse(`votes-xml-reconstructed/${xml}`), await parse(`votes-json/${json}`)]
    expect([a.id, contentHash(a), a.tieBreaker, a.bill]).toEqual([b.id, contentHash(b), b.tieBreaker, b.bill])
  })

  test('give 6,244 terms, and on 21 December 2017 the 538 people of the list of that time', async () => {
    await take('congress-legislators/legislators-union-2012-2026.yaml')
    const report = await take('derived/terms.union-2012-2026.csv')
    expect(report.sentences.join(' ')).toMatch(/lasted no day: C000556 in US-H-NC-06, J000291 in US-S-NE-2/)
    const terms = await loadTerms(store.db)
    expect(terms).toHaveLength(6244)
    const then = readCongressFile(
      await readFile(path.join(DATA, 'congress-legislators/legislators-current.asof-2017-12-08.yaml')),
    )
    const listed = then.kind === 'legislators' ? then.legislators.map((person) => person.bioguide) : []
    const inOffice = terms.filter((term) => contains(term, '2017-12-21')).map((term) => term.bioguide)
    expect(inOffice.toSorted()).toEqual(listed.toSorted())
    expect(inOffice).toHaveLength(538)
    expect(await take('congress-legislators/legislators-union-2012-2026.yaml')).toMatchObject({ changed: false })
    expect(await take('derived/terms.union-2012-2026.csv')).toMatchObject({ changed: false })
  })

  test('give the ground truth of every seat and the same country as the reference tables', async () => {
    await take('zip-cd/zccd.115th-2018-01-18.csv', 115)
    for (const file of ['115-2017-h708.json', '115-2017-s325.json'])
      expect((await take(`votes-json/${file}`)).findings).toEqual([])
    const matcher = await referenceMatcher(store.db)
    expect(matcher.blockers()).toEqual([])
    const seats = new Map(
      matcher
        .zips()
        .flatMap((zip) => matcher.match(zip).seats)
        .map((seat) => [seat.seat.id, seat]),
    )
    const found = [...seats.values()].map((seat) =>
      [seat.seat.id, seat.voter?.bioguide ?? '', seat.position?.label ?? '', seat.stance].join(','),
    )
    const [, ...expected] = (await readFile(path.join(FIXTURE, 'expected-hr1370.csv'), 'utf8')).trim().split('\n')
    expect(found.toSorted()).toEqual(expected.toSorted())
    for (const file of ['roll708-2017.xml', 'vote_115_1_00325.xml']) {
      expect((await take(`votes-xml-reconstructed/${file}`)).counts).toMatchObject({
        changed_positions: 0,
        quarantined: 0,
      })
    }
    expect([
      (await loadRollCall(store.db, HOUSE)).source.kind,
      (await loadRollCall(store.db, SENATE)).source.kind,
    ]).toEqual(['house-clerk', 'senate'])
    expect(await take('votes-json/115-2017-h708.json')).toMatchObject({ changed: false })
  })

  test('of two vintages differ in 1,777 ZIPs, all in Pennsylvania', async () => {
    await take('zip-cd/zccd.116th-2019-02-12.csv', 116)
    const bySeats = async (mapId: string): Promise<Map<string, string>> =>
      new Map(
        [...Map.groupBy(await loadZipSeats(store.db, mapId), (row) => row.zip)].map(([zip, rows]) => [
          zip,
          rows.map((row) => row.seatId).join(),
        ]),
      )
    const [before, after] = [await bySeats('115'), await bySeats('116')]
    const moved = [...after].filter(([zip, seats]) => before.get(zip) !== seats)
    expect(moved).toHaveLength(1777)
    expect(moved.every(([, seats]) => seats.includes('US-H-PA-'))).toBe(true)
    expect(after.get('15001')).toBe('US-H-PA-17')
  })

  test.each([
    ['108-2003-h1.json', 197],
    ['110-2007-h2.json', 141],
    ['108-2003-s38.json', 49],
    ['117-2021-h1-unknown-bioguide.json', 1],
    ['116-2019-h100-committee-of-whole-delegates.json', 0],
    ['117-2021-s54.json', 0],
    ['117-2021-s59.json', 0],
  ])('%s leaves %i ids in quarantine', async (file, quarantined) => {
    const report = await take(`votes-json/${file}`)
    const unknown = report.findings.filter((finding) => finding.code === 'unknown_id')
    expect(unknown).toHaveLength(quarantined)
    expect(report.findings.filter((finding) => finding.severity === 'blocking').length > 0).toBe(quarantined > 0)
  })

  test('whoever is in quarantine may hold a seat that looks vacant: one issue, not two', async () => {
    const report = await take('votes-json/117-2021-h1-unknown-bioguide.json')
    expect(report.findings.map((finding) => [finding.code, finding.subject])).toEqual([['unknown_id', 'L000555']])
  })

  test('an election of the Speaker keeps names, a trial its own words, and delegates have positions', async () => {
    expect((await loadRollCall(store.db, 'h2-110.2007')).totals).toMatchObject({
      'candidate:Pelosi': 233,
      'candidate:Boehner': 202,
    })
    expect((await loadRollCall(store.db, 's59-117.2021')).totals).toMatchObject({ guilty: 57, not_guilty: 43 })
    expect(await loadRollCall(store.db, 's54-117.2021')).toMatchObject({
      tieBreaker: 'yea',
      totals: { yea: 50, nay: 50 },
    })
    const delegates = (await loadPositions(store.db, 'h100-116.2019')).filter((position) =>
      /-(DC|PR|GU|AS|MP|VI)-/.test(position.seatId),
    )
    expect(delegates.filter((position) => position.option === 'yea').map((position) => position.seatId)).toEqual([
      'US-H-DC-00',
      'US-H-MP-00',
    ])
    expect(delegates).toHaveLength(6)
  })
})
