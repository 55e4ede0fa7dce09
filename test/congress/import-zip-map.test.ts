// Importing ZIP maps: what is wrong with a map names its line or its flaw, and an owner may accept a stated one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importCongressFile } from '../../src/congress/import-file.ts'
import { loadIssues } from '../../src/congress/import-issues.ts'
import type { ImportReport } from '../../src/congress/import-report.ts'
import { findMapFlaws } from '../../src/congress/importers/check-zip-map.ts'
import { readZipMap } from '../../src/congress/importers/zip-map.ts'
import { loadMaps, loadZipSeats } from '../../src/congress/zip-maps.ts'
import { fixedClock } from '../../src/core/clock.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { asMapCsv, sampleMapLines } from './sample-files.ts'

const lines = sampleMapLines()
let store: Store

beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

function take(
  csv: string,
  more: { congress?: number; accept?: { codes: string[]; name: string } } = { congress: 115 },
): Promise<ImportReport> {
  return importCongressFile(store.db, {
    file: { name: 'zccd.csv', bytes: Buffer.from(csv) },
    clock: fixedClock('2018-01-18T12:00:00Z'),
    ...more,
  })
}

describe('a ZIP map', () => {
  test('is taken whole, twice to the same effect, and corrected by a later table', async () => {
    const first = await take(asMapCsv(lines))
    expect(first).toMatchObject({
      kind: 'zip_map',
      subject: '115',
      changed: true,
      counts: { rows: 39_446, zips: 33_156, rows_added: 39_446 },
    })
    expect(await take(asMapCsv(lines))).toMatchObject({ changed: false, counts: { rows_added: 0, rows_removed: 0 } })
    const moved = lines.map((line) => (line === '42,PA,15001,12' ? '42,PA,15001,17' : line))
    expect(await take(asMapCsv(moved))).toMatchObject({ counts: { rows_added: 1, rows_removed: 1 } })
    expect(await loadMaps(store.db)).toEqual([{ id: '115', start: '2017-01-03', end: '2019-01-03' }])
    expect((await loadZipSeats(store.db, '115')).filter((row) => row.zip === '15001')).toEqual([
      { zip: '15001', seatId: 'US-H-PA-17' },
    ])
  })

  test('with a BOM is the same table', () => {
    expect(readZipMap(`\uFEFF${asMapCsv(lines.slice(0, 3))}`.slice(1)).rows).toHaveLength(3)
  })

  test('needs the Congress it was drawn for', async () => {
    await expect(take(asMapCsv(lines), {})).rejects.toThrow(
      expect.objectContaining({ code: 'congress_missing', kind: 'usage' }),
    )
  })

  test.each([
    ['another header', 'state_fips,state_abbr,zcta\n01,AL,30165', /line 1: the header/],
    [
      'a ZIP without its leading zero',
      asMapCsv([...lines.slice(0, 2), '09,CT,6001,5']),
      /line 4: zip "6001" is not five digits/,
    ],
    ['a row twice', asMapCsv([...lines.slice(0, 3), lines[1] ?? '']), /line 5: ZIP \d+ and US-H-\w+-\d+ stand twice/],
    ['a missing column', asMapCsv([...lines.slice(0, 2), '01,AL,35004']), /line 4: 3 columns; expected 4/],
    ['a state that is none', asMapCsv(['64,FM,96941,0']), /line 2: "FM" is no state/],
    ['a FIPS code of another state', asMapCsv(['02,AL,35004,3']), /line 2: AL has the FIPS code 01/],
    ['a padded district', asMapCsv(['01,AL,35004,03']), /line 2: district "03"/],
    ['no rows', asMapCsv([]), /no rows/],
    ['an endless line (T7)', asMapCsv([`01,AL,${'3'.repeat(20_000)},3`]), /the CSV is broken/],
    ['an open quote (T7)', asMapCsv([`01,AL,"35004,3`]), /the CSV is broken/],
  ])('with %s is refused', async (_, csv, message) => {
    await expect(take(csv)).rejects.toThrow(
      expect.objectContaining({ code: 'import_refused', message: expect.stringMatching(message) as string }),
    )
  })

  test.each([
    [
      'a district gap',
      lines.filter((line) => !line.startsWith('53,WA,') || !line.endsWith(',5')),
      /WA has the districts 1, 2, 3, 4, 6.*440 House seats/,
    ],
    ['lost territories', lines.filter((line) => !/,(GU|AS|MP),/.test(line)), /no ZIP of AS, GU, MP.*438 House seats/],
    [
      'one side of each border ZIP',
      [...new Map(lines.map((line) => [line.split(',')[2], line])).values()],
      /0 ZIPs lie in two or more states/,
    ],
    [
      'a key without the state',
      [...new Map(lines.map((line) => [line.split(',').slice(2).join(), line])).values()],
      /no border ZIP has one district number in both states/,
    ],
    [
      'a tenth of the ZIPs missing',
      lines.filter((line, index) => index % 10 > 0 || line.endsWith(',0')),
      /ZIPs; the map before has 33156/,
    ],
  ])('with %s is refused', async (_, spoilt, message) => {
    await take(asMapCsv(lines))
    await expect(take(asMapCsv(spoilt))).rejects.toThrow(message)
    expect(await loadZipSeats(store.db, '115')).toHaveLength(39_446)
  })

  test('an owner may accept a stated shortfall by name, which is kept as a warning', async () => {
    const short = asMapCsv(lines.filter((line) => !line.includes(',AS,')))
    const accept = { codes: ['jurisdictions', 'house_seats'], name: 'Dana' }
    await expect(take(short, { congress: 116, accept: { ...accept, codes: ['jurisdictions'] } })).rejects.toThrow(
      /440 House seats/,
    )
    const report = await take(short, { congress: 116, accept })
    expect(report.findings.map((finding) => [finding.code, finding.subject])).toEqual([
      ['accepted_shortfall', 'jurisdictions'],
      ['accepted_shortfall', 'house_seats'],
    ])
    const issues = await loadIssues(store.db)
    expect(issues.filter((issue) => issue.code === 'accepted_shortfall')[0]?.sentence).toMatch(
      /^Dana accepted: no ZIP of AS/,
    )
  })

  test('the good map has no flaw', () => {
    expect(findMapFlaws(readZipMap(asMapCsv(lines)).rows, 33_156)).toEqual([])
  })
})
