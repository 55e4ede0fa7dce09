// Importing roll calls: three formats, one truth; whatever contradicts itself is refused, whatever is unknown blocks.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { endTerm } from '../../src/congress/end-term.ts'
import { importCongressFile } from '../../src/congress/import-file.ts'
import { loadIssues, resolveIssue } from '../../src/congress/import-issues.ts'
import type { ImportReport } from '../../src/congress/import-report.ts'
import type { ListedPosition } from '../../src/congress/importers/parsed.ts'
import { reassessRollCalls, reassessUnsettled } from '../../src/congress/reassess.ts'
import { loadReference } from '../../src/congress/reference.ts'
import { loadRollCall } from '../../src/congress/roll-calls.ts'
import { fixedClock } from '../../src/core/clock.ts'
import { latestEntries } from '../../src/store/audit-entries.ts'
import type { Db, Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { FIXTURE, HOUSE, referenceMatcher, SENATE } from './reference-campaign.ts'
import { asClerkXml, asJson, asSenateXml, sampleRollCall, withPositions } from './sample-files.ts'

const clock = fixedClock('2018-01-05T12:00:00Z')
const house = sampleRollCall(HOUSE)
const senate = sampleRollCall(SENATE)
let store: Store
let db: Db

beforeAll(async () => {
  store = await testDatabase()
  db = store.db
  await loadReference(db, FIXTURE, clock)
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await sql`DELETE FROM import_issue`.execute(db)
  await take(asJson(house))
  await take(asJson(senate))
  await sql`DELETE FROM import_issue`.execute(db)
})

function take(text: string | Uint8Array, name = 'sample'): Promise<ImportReport> {
  return importCongressFile(db, { file: { name, bytes: typeof text === 'string' ? Buffer.from(text) : text }, clock })
}

/** Everything the database knows of roll calls, to prove that nothing changed. */
async function snapshot(): Promise<unknown> {
  const tables = await Promise.all(
    ['roll_call', 'position', 'term', 'source'].map((table) =>
      sql`SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS hash FROM ${sql.table(table)} t`.execute(db),
    ),
  )
  return tables.map((table) => table.rows)
}

function change(memberId: string, to: Partial<ListedPosition>): (positions: ListedPosition[]) => ListedPosition[] {
  return (positions) =>
    positions.map((position) => (position.memberId === memberId ? { ...position, ...to } : position))
}

describe('three formats', () => {
  test('the same file twice changes nothing', async () => {
    const before = await snapshot()
    const report = await take(asJson(house))
    expect(report).toMatchObject({
      kind: 'roll_call',
      format: 'congress-json',
      subject: HOUSE,
      changed: false,
      findings: [],
    })
    expect(await snapshot()).toEqual(before)
  })

  test('Clerk XML, Senate XML and JSON give the same positions and the same content hash', async () => {
    const before = await loadRollCall(db, HOUSE)
    expect((await take(asClerkXml(house))).counts).toMatchObject({
      positions: 432,
      quarantined: 0,
      changed_positions: 0,
    })
    const fromXml = await loadRollCall(db, HOUSE)
    expect(fromXml).toMatchObject({
      contentSha256: before.contentSha256,
      totals: before.totals,
      byParty: before.byParty,
      heldAt: before.heldAt,
    })
    expect((await take(asSenateXml(senate))).counts).toMatchObject({ positions: 100, changed_positions: 0 })
    expect((await loadRollCall(db, SENATE)).contentSha256).toBe((await loadRollCall(db, SENATE)).contentSha256)
    expect(await take(asClerkXml(house))).toMatchObject({ changed: false })
  })

  test('a position that changed is reported by name and blocks nothing', async () => {
    const report = await take(asJson(withPositions(house, change('B000574', { label: 'Yea', option: 'yea' }))))
    expect(report.counts).toMatchObject({ changed_positions: 1 })
    expect(report.sentences.join(' ')).toMatch(/\(B000574\) changed from Nay to Yea/)
    expect(await loadIssues(db, { rollCallIds: [HOUSE] })).toMatchObject([
      { code: 'changed_position', severity: 'warning', subject: 'B000574' },
    ])
    expect((await referenceMatcher(db)).match('97212')).toMatchObject({ outcome: 'mixed' })
    expect((await referenceMatcher(db)).blockers()).toEqual([])
  })

  test("the Vice President's tie-break is no position", async () => {
    const even = withPositions(senate, (positions) =>
      positions.map((each, index) => ({
        ...each,
        label: index % 2 ? 'Yea' : 'Nay',
        option: index % 2 ? 'yea' : 'nay',
      })),
    )
    const json = JSON.parse(asJson(even)) as { votes: Record<string, unknown[]> }
    json.votes['Yea']?.push('VP')
    await take(JSON.stringify(json))
    expect(await loadRollCall(db, SENATE)).toMatchObject({ tieBreaker: 'yea', totals: { yea: 50, nay: 50 } })
  })
})

describe('refused, and nothing of it kept but an issue', () => {
  const spoilt: [string, string | Uint8Array, RegExp][] = [
    ['an unknown label', asJson(withPositions(house, change('B000574', { label: 'Maybe' }))), /"Maybe" is no option/],
    [
      'a candidate outside the election of a Speaker',
      asJson(withPositions(house, change('B000574', { label: 'Pelosi' }))),
      /"Pelosi" is no option/,
    ],
    ['a position without an id', asJson(withPositions(house, change('B000574', { memberId: '' }))), /votes\.Nay/],
    ['a Clerk file without ids', asClerkXml(house).replaceAll(/ name-id="[^"]*"/g, ''), /has no name-id/],
    ['somebody twice', asJson(withPositions(house, (all) => [...all, ...all.slice(0, 1)])), /lists \w+ \(\w+\) twice/],
    [
      'more members than seats',
      asJson(
        withPositions(house, (all) => [
          ...all,
          ...Array.from({ length: 10 }, (_, i) => ({ ...(all[0] ?? fail()), memberId: `X00000${i}` })),
        ]),
      ),
      /lists 442 members/,
    ],
    [
      'totals that differ',
      asClerkXml(house).replace('<yea-total>231<', '<yea-total>230<'),
      /yea: the total says 230, 231 are listed/,
    ],
    [
      'totals by party that differ',
      asClerkXml(house).replace('<yea-total>14<', '<yea-total>15<'),
      /party D: yea: the total says 15, 14 are listed/,
    ],
    [
      'a result text that differs',
      asJson(senate, { result_text: 'Motion Agreed to (67-31)' }),
      /yea: the total says 67, 66 are listed/,
    ],
    ['Senate counts that differ', asSenateXml(senate).replace('<nays>32<', '<nays>33<'), /nay: the total says 33/],
    ['an unknown root element', '<?xml version="1.0"?><votes/>', /<votes> is no roll call/],
    ['another JSON', '{"hello": "world"}', /this is no roll call: /],
    ['a session that the Congress does not have', asJson(house, { session: '2019' }), /has no session of 2019/],
    ['an unknown threshold', asClerkXml(house).replace('YEA-AND-NAY', 'BY ACCLAMATION'), /BY ACCLAMATION/],
    ['broken XML', asClerkXml(house).slice(0, -40), /the XML is broken/],
    ['an undefined entity (T22)', asClerkXml(house).replace('On Motion', '&xxe; On Motion'), /the XML is broken/],
    ['XML nested without end (T22)', '<rollcall-vote>'.repeat(50_000), /nested more than 20 deep/],
    ['a file in UTF-16 (T7)', Buffer.from(`\uFEFF${asJson(house)}`, 'utf16le'), /UTF-16/],
    ['bytes that are not UTF-8 (T7)', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /not valid UTF-8/],
    ['a NUL byte (T7)', '{"a":"\0"}', /NUL/],
    ['nothing', '', /no known kind/],
  ]
  test.each(spoilt)('%s', async (_, text, message) => {
    const before = await snapshot()
    await expect(take(text, 'spoilt')).rejects.toThrow(
      expect.objectContaining({ code: 'import_refused', message: expect.stringMatching(message) as string }),
    )
    expect(await snapshot()).toEqual(before)
    expect(await loadIssues(db, { open: true })).toMatchObject([{ code: 'refused_file', severity: 'blocking' }])
  })

  test('an internal entity is not expanded (T22)', async () => {
    const bomb = asClerkXml(house)
      .replace(/<!DOCTYPE[^>]*>/, '<!DOCTYPE rollcall-vote [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>')
      .replace('On Motion', '&b;')
    await expect(take(bomb)).rejects.toThrow(/the XML is broken/)
  })

  test('blocks the roll call until a good file of it comes', async () => {
    await expect(take(asClerkXml(house).replace('<yea-total>231<', '<yea-total>230<'))).rejects.toThrow(
      /import_refused|yea/,
    )
    expect((await referenceMatcher(db)).blockers()).toMatchObject([{ code: 'refused_file', rollCallId: HOUSE }])
    // Nothing but a file of this roll call settles it: not an import of legislators, which judges it anew.
    await reassessUnsettled(db, clock.now())
    expect((await referenceMatcher(db)).blockers()).toMatchObject([{ code: 'refused_file', rollCallId: HOUSE }])
    await take(asClerkXml(house))
    expect((await referenceMatcher(db)).blockers()).toEqual([])
  })
})

describe('taken, but blocking', () => {
  test('an unknown id is quarantined, never matched by name, and comes in when the id is known', async () => {
    const report = await take(
      asJson(withPositions(house, change('B000574', { memberId: 'B999999', displayName: 'Blumenauer' }))),
    )
    expect(report.counts).toMatchObject({ positions: 431, quarantined: 1 })
    const matcher = await referenceMatcher(db)
    expect(matcher.match('97212').seats[0]).toMatchObject({ position: null, voter: { name: 'Earl Blumenauer' } })
    expect(matcher.blockers().map((blocker) => blocker.code)).toEqual(
      expect.arrayContaining(['unknown_id', 'unlisted_legislator']),
    )
    await take(asJson(house))
    expect((await referenceMatcher(db)).blockers()).toEqual([])
  })

  test('a line that a corrected file took back stays taken back', async () => {
    const wrong = withPositions(house, change('B000574', { memberId: 'B999999', displayName: 'Blumenauer' }))
    await take(asJson(wrong))
    await take(asJson(house))
    await sql`DELETE FROM import_issue WHERE code = 'changed_position'`.execute(db)
    expect(await take(asClerkXml(house))).toMatchObject({ counts: { changed_positions: 0, issues_opened: 0 } })
    await take(asClerkXml(house).replace('<vote>Nay</vote>', '<vote> Nay </vote>'))
    expect(await loadIssues(db, { open: true })).toEqual([])

    // Terms or ids change, and the roll call is judged anew.
    expect(await reassessRollCalls(db, [HOUSE], clock.now())).toEqual([])
    expect((await referenceMatcher(db)).blockers()).toEqual([])
    expect((await loadRollCall(db, HOUSE)).totals).toMatchObject({ yea: 231, nay: 188 })
  })

  test('what is in quarantine survives a new judgement', async () => {
    await take(asJson(withPositions(house, change('B000574', { memberId: 'B999999', displayName: 'Blumenauer' }))))
    const before = (await referenceMatcher(db)).blockers()
    expect(await reassessRollCalls(db, [HOUSE], clock.now())).toEqual([])
    expect((await referenceMatcher(db)).blockers()).toEqual(before)
  })

  test('a person may settle an issue, for a reason and with a name', async () => {
    await take(asJson(withPositions(house, (all) => all.filter((each) => each.memberId !== 'B000574'))))
    const issues = await loadIssues(db, { open: true })
    expect(issues.map((issue) => [issue.code, issue.subject])).toEqual([
      ['changed_position', 'B000574'],
      ['unlisted_legislator', 'US-H-OR-03'],
    ])
    const id = issues[1]?.id ?? ''
    await expect(resolveIssue(db, id, { name: 'Dana', reason: ' ' }, clock.now())).rejects.toThrow(
      /needs a name and a reason/,
    )
    await resolveIssue(db, id, { name: 'Dana', reason: 'in hospital that day' }, clock.now())
    expect(await latestEntries(db, 1)).toMatchObject([
      { actor: 'Dana', act: 'resolve issue', object: `import-issue/${id}`, reason: 'in hospital that day' },
    ])
    await expect(resolveIssue(db, id, { name: 'Dana', reason: 'again' }, clock.now())).rejects.toThrow(
      /is settled: Dana: in hospital/,
    )
    expect((await referenceMatcher(db)).blockers()).toEqual([])
    await take(asJson(withPositions(house, (all) => all.filter((each) => each.memberId !== 'B000574'))))
    expect((await referenceMatcher(db)).blockers()).toEqual([])
  })

  test('a state that is not the state of the seat', async () => {
    await take(asJson(withPositions(house, change('B000574', { state: 'WA' }))))
    expect((await referenceMatcher(db)).blockers()).toMatchObject([
      { code: 'state_mismatch', sentence: expect.stringMatching(/is listed for WA, but holds US-H-OR-03/) as string },
    ])
  })

  test('an unlisted Speaker, a vacant seat and somebody sworn that day are explained', async () => {
    const early = asJson(withPositions(house, (all) => all.filter((each) => each.memberId !== 'R000570')))
    expect((await take(early)).sentences).toContain('The Speaker did not vote and is not listed: US-H-WI-01.')
    const matcher = await referenceMatcher(db)
    expect(matcher.matchSeat('US-H-WI-01').seats[0]?.stance).toBe('absent')
    expect(matcher.blockers()).toEqual([])
  })

  test('a delegate listed in the Committee of the Whole with the state XX has a position', async () => {
    const delegate: ListedPosition = {
      memberId: 'N000147',
      option: 'yea',
      label: 'Yea',
      candidateName: null,
      party: 'D',
      state: 'XX',
      displayName: 'Norton',
    }
    const report = await take(asJson(withPositions(house, (all) => [...all, delegate])))
    expect(report.findings.map((finding) => finding.code)).toEqual(['changed_position'])
    expect((await referenceMatcher(db)).match('20001')).toMatchObject({ outcome: 'all_opponents' })
  })

  test('an end that a person sets clears an unlisted legislator, and only shortens a term', async () => {
    await take(asJson(withPositions(house, (all) => all.filter((each) => each.memberId !== 'P000609'))))
    expect((await referenceMatcher(db)).blockers()).toMatchObject([{ code: 'unlisted_legislator', rollCallId: HOUSE }])
    const end = { bioguide: 'P000609', seatId: 'US-H-AL-06', end: '2017-12-20', reason: 'resigned', name: 'Dana' }
    const sentences = await endTerm(db, end, clock)
    expect(await latestEntries(db, 1)).toMatchObject([
      { actor: end.name, act: 'end term', object: `term/${end.seatId}/${end.bioguide}`, reason: end.reason },
    ])
    expect(sentences.join(' ')).toMatch(
      /ended the term of P000609 in US-H-AL-06 on 2017-12-20.*h708-115\.2017: 1 issues settled/,
    )
    const matcher = await referenceMatcher(db)
    expect(matcher.blockers()).toEqual([])
    expect(matcher.matchSeat('US-H-AL-06').seats[0]).toMatchObject({ stance: 'vacant', voter: null })
    await expect(endTerm(db, { ...end, end: '2018-05-01' }, clock)).rejects.toThrow(/2018-05-01 is not within it/)
    await expect(endTerm(db, { ...end, bioguide: 'X000000' }, clock)).rejects.toThrow(
      /X000000 has no term in US-H-AL-06/,
    )
    await expect(endTerm(db, { ...end, reason: '' }, clock)).rejects.toThrow(/needs a reason/)
  })

  test('a vote up to 14 days outside the term counts, with a warning', async () => {
    const report = await take(asJson(house, {}))
    expect(report.findings.filter((finding) => finding.code !== 'changed_position')).toMatchObject([
      { code: 'no_term', severity: 'warning', subject: 'P000609' },
    ])
    expect((await referenceMatcher(db)).matchSeat('US-H-AL-06').seats[0]).toMatchObject({
      stance: 'opponent',
      voter: { bioguide: 'P000609' },
    })
  })
})

function fail(): never {
  throw new Error('the sample has no positions')
}
