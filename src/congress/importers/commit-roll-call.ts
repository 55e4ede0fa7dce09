// Brings a roll call into the database: places every position, accounts for every seat, reports every change.
import { createHash } from 'node:crypto'
import type { Db } from '../../store/connect.ts'
import { addDays, easternDay } from '../day.ts'
import type { Day } from '../day.ts'
import { insertIssues } from '../import-issues.ts'
import type { Finding } from '../import-issues.ts'
import { countOf, firstOf } from '../import-report.ts'
import type { ImportOutcome } from '../import-report.ts'
import { resolveIds } from '../legislators.ts'
import { optionKey } from '../position.ts'
import {
  findRollCall,
  loadListed,
  loadQuarantine,
  replacePositions,
  replaceQuarantine,
  saveRollCall,
} from '../roll-calls.ts'
import type { RollCallFacts } from '../roll-calls.ts'
import { jurisdiction } from '../jurisdiction.ts'
import { ensureJurisdictions, loadSeatsOn } from '../seats.ts'
import type { Chamber } from '../seat.ts'
import { GAP_DAYS } from '../term.ts'
import { loadTerms } from '../terms.ts'
import { accountForSeats, findingsOf } from './account-seats.ts'
import type { SeatAccount } from './account-seats.ts'
import { checkRollCall, tally } from './check-roll-call.ts'
import type { ListedPosition, ParsedRollCall } from './parsed.ts'
import { placePositions } from './place-positions.ts'
import type { PlacedPosition } from './place-positions.ts'
import { reconcileIssues } from './reconcile-issues.ts'

interface Context {
  sourceId: string
  now: Date
}

interface Assessment {
  /** Legislator ids by the file's ids. */
  people: ReadonlyMap<string, string>
  placed: PlacedPosition[]
  quarantined: ListedPosition[]
  findings: Finding[]
  account: SeatAccount
}

/** Returns what changed. Refuses a roll call that contradicts itself; quarantines ids nobody has; `db` is a transaction. */
export async function commitRollCall(db: Db, file: ParsedRollCall, context: Context): Promise<ImportOutcome> {
  checkRollCall(file)
  await ensureJurisdictions(db)
  const before = await findRollCall(db, file.id)
  const listedBefore = before ? await loadAllListed(db, file.id, file.chamber) : []
  const assessment = await assess(db, file.chamber, easternDay(file.heldAt), file.positions)
  const contentSha256 = contentHash(file)
  const metadataChanged = await saveFacts(db, file, before, contentSha256, context.sourceId)
  await savePositions(db, file.id, assessment)
  const changes = before ? changedPositions(listedBefore, file.positions, assessment.people) : []
  const about = { sourceId: context.sourceId, rollCallId: file.id, now: context.now }
  await insertIssues(db, changes, about)
  const reconciled = await reconcileIssues(db, assessment.findings, { ...about, fileAccepted: true })
  const isNew = before === null
  return {
    subject: file.id,
    changed: isNew || metadataChanged || changes.length > 0 || reconciled.opened + reconciled.closed > 0,
    counts: {
      positions: assessment.placed.length,
      quarantined: file.positions.length - assessment.placed.length,
      vacant: assessment.account.vacant.length,
      changed_positions: changes.length,
      issues_opened: reconciled.opened,
      issues_closed: reconciled.closed,
    },
    sentences: describe(file, assessment, isNew, changes),
    findings: [...changes, ...assessment.findings],
  }
}

/** Judges a stored roll call anew, after terms or ids have changed. Returns the issues it opened and closed. */
export async function reassessRollCall(
  db: Db,
  rollCall: RollCallFacts,
  context: Context,
): Promise<{ opened: number; closed: number }> {
  const listed = await loadAllListed(db, rollCall.id, rollCall.chamber)
  const assessment = await assess(db, rollCall.chamber, rollCall.heldOn, listed)
  await savePositions(db, rollCall.id, assessment)
  return reconcileIssues(db, assessment.findings, {
    sourceId: context.sourceId || null,
    rollCallId: rollCall.id,
    now: context.now,
    fileAccepted: false,
  })
}

/** Where every position belongs, and what is wrong. */
async function assess(db: Db, chamber: Chamber, heldOn: Day, listed: readonly ListedPosition[]): Promise<Assessment> {
  const terms = await loadTerms(db, { start: addDays(heldOn, -GAP_DAYS - 1), end: addDays(heldOn, GAP_DAYS + 2) })
  const ids = listed.map((position) => position.memberId)
  const people = await resolveIds(db, chamber === 'house' ? 'bioguide' : 'lis', ids)
  const { placed, findings } = placePositions(listed, { chamber, heldOn, people, terms })
  const placedIds = new Set(placed.map((position) => position.memberId))
  const quarantined = listed.filter((position) => !placedIds.has(position.memberId))
  const states = quarantined.map((position) => position.state).filter((state) => jurisdiction(state)?.kind === 'state')
  const seats = await loadSeatsOn(db, chamber, heldOn)
  const account = accountForSeats(placed, { chamber, heldOn, terms, seats, quarantined: states })
  return { people, placed, quarantined, account, findings: [...findings, ...findingsOf(account, chamber, heldOn)] }
}

/** The latest file's lines: those with a seat, and those in quarantine. */
async function loadAllListed(db: Db, rollCallId: string, chamber: Chamber): Promise<ListedPosition[]> {
  return [...(await loadListed(db, rollCallId, chamber)), ...(await loadQuarantine(db, rollCallId))]
}

/** Keeps every line of the latest file: with its seat, or in quarantine. */
async function savePositions(db: Db, rollCallId: string, { placed, quarantined }: Assessment): Promise<void> {
  await replacePositions(db, rollCallId, placed)
  await replaceQuarantine(db, rollCallId, quarantined)
}

/**
 * Saves what a roll call says of itself and returns whether that changed. The chambers' own XML outranks the JSON made
 * from it: a later JSON may change positions and what follows from them, never the words.
 */
async function saveFacts(
  db: Db,
  file: ParsedRollCall,
  before: RollCallFacts | null,
  contentSha256: string,
  sourceId: string,
): Promise<boolean> {
  const counted = { present: 0, not_voting: 0, ...tally(file.positions), ...file.totals }
  if (before && file.format === 'congress-json' && before.source.kind !== 'congress-json') {
    const { question, voteType, requirement, source } = before
    const totals = before.contentSha256 === contentSha256 ? before.totals : counted
    const facts = { ...file, question, voteType, requirement, sourceUrl: before.sourceUrl ?? file.sourceUrl }
    await saveRollCall(db, facts, { totals, contentSha256, sourceId: source.id })
  } else {
    await saveRollCall(db, file, { totals: counted, contentSha256, sourceId })
  }
  const after = await findRollCall(db, file.id)
  return JSON.stringify({ ...before, byParty: null }) !== JSON.stringify({ ...after, byParty: null })
}

/** The hash of what a campaign's claims rest on: the same for the XML and the JSON of one roll call. */
export function contentHash(file: ParsedRollCall): string {
  const lines = file.positions
    .map((position) => [position.memberId, optionKey(position), position.party, position.state].join('|'))
    .toSorted()
  const head = [file.id, file.heldAt.toISOString(), file.result, file.tieBreaker ?? '']
  return createHash('sha256')
    .update([...head, ...lines].join('\n'))
    .digest('hex')
}

/** Compares by person, so that a retired id and its successor are one line. */
function changedPositions(
  before: readonly ListedPosition[],
  after: readonly ListedPosition[],
  people: ReadonlyMap<string, string>,
): Finding[] {
  const byPerson = (positions: readonly ListedPosition[]): Map<string, ListedPosition> =>
    new Map(positions.map((position) => [people.get(position.memberId) ?? position.memberId, position]))
  const was = byPerson(before)
  const is = byPerson(after)
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((person) => {
    const from = was.get(person)
    const to = is.get(person)
    const named = to ?? from
    if (!named || (from && to && optionKey(from) === optionKey(to))) return []
    const { displayName, memberId } = named
    const sentence = `${displayName} (${memberId}) changed from ${from?.label ?? 'not listed'} to ${to?.label ?? 'not listed'}.`
    return [
      {
        code: 'changed_position',
        severity: 'warning',
        subject: memberId,
        sentence,
        facts: { from: from?.label ?? null, to: to?.label ?? null },
      },
    ]
  })
}

function describe(
  file: ParsedRollCall,
  { placed, findings, account }: Assessment,
  isNew: boolean,
  changes: readonly Finding[],
): string[] {
  const totals = Object.entries({ ...tally(file.positions), ...file.totals }).map(
    ([key, count]) => `${count} ${key.replace('_', ' ').replace('candidate:', '')}`,
  )
  const quarantined = file.positions.length - placed.length
  return [
    `${isNew ? 'Added' : 'Read again'}: ${file.id}, ${file.question}: ${file.result} (${totals.join(', ')}).`,
    account.vacant.length > 0 ? `Vacant that day: ${firstOf(account.vacant, 20)}.` : '',
    account.swornThatDay.length > 0 ? `Sworn in that day, not listed: ${firstOf(account.swornThatDay)}.` : '',
    account.speaker.length > 0 ? `The Speaker did not vote and is not listed: ${account.speaker.join(', ')}.` : '',
    quarantined > 0
      ? `In quarantine: ${countOf(quarantined, 'position')}; campaigns on this roll call cannot be sent.`
      : '',
    ...changes.map((change) => change.sentence),
    ...findings.slice(0, 20).map((finding) => finding.sentence),
    findings.length > 20 ? `And ${findings.length - 20} more findings: rollcall congress issues lists them.` : '',
  ].filter(Boolean)
}
