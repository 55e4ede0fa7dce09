// The roll calls of a campaign as a person must see them: tallies, what each option means, who stands out, which seats are empty.
import { offParty, type OffPartyPosition } from '../congress/off-party.ts'
import { loadPeople } from '../congress/legislators.ts'
import { loadPositions, loadRollCall, type RollCallFacts } from '../congress/roll-calls.ts'
import type { RuledStance } from '../congress/stance.ts'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { campaignMatcher } from './campaign-matcher.ts'
import { currentRevision, type CampaignRow } from './campaigns.ts'
import { readManifest } from './create.ts'

export interface OptionRule {
  /** An option, or `candidate:NAME`. */
  option: string
  total: number
  /** Party letter → how many. */
  byParty: Record<string, number>
  /** Null: the rules say nothing, and the campaign cannot be sent. */
  stance: RuledStance | null
}

export interface CampaignVote {
  rollCall: RollCallFacts
  role: 'primary' | 'secondary'
  options: OptionRule[]
  /** The parties that voted, the largest first. */
  parties: string[]
  offParty: OffPartyPosition[]
}

export interface CampaignVotes {
  revision: number
  votes: CampaignVote[]
  /** Seats that nobody held at the vote. */
  vacancies: string[]
  /** Why the campaign cannot be sent with these roll calls, in sentences. */
  blockers: string[]
}

/** Returns the votes of a campaign as they are now. */
export async function campaignVotes(db: Db, campaign: CampaignRow, clock: Clock): Promise<CampaignVotes> {
  const { files, revision } = await currentRevision(db, campaign)
  const manifest = readManifest(files)
  const votes = await Promise.all(
    manifest.rollCalls.map(async ({ id, role, stances }) => {
      const rollCall = await loadRollCall(db, id)
      return { rollCall, role, ...optionsOf(rollCall, stances), offParty: await offParty(db, id) }
    }),
  )
  const around = await surroundings(() => campaignMatcher(db, campaign.id, manifest, clock))
  return { revision, votes, ...around }
}

function optionsOf(
  { totals, byParty }: RollCallFacts,
  stances: Readonly<Record<string, RuledStance>>,
): Pick<CampaignVote, 'options' | 'parties'> {
  const sizeOf = (party: string) => Object.values(byParty[party] ?? {}).reduce((sum, each) => sum + each, 0)
  const parties = Object.keys(byParty).sort((a, b) => sizeOf(b) - sizeOf(a))
  const cast = Object.keys(totals).filter((option) => (totals[option] ?? 0) > 0 || Object.hasOwn(stances, option))
  const all = [...new Set([...cast, ...Object.keys(stances)])]
  const options = all.map((option) => ({
    option,
    total: totals[option] ?? 0,
    byParty: Object.fromEntries(parties.map((party) => [party, byParty[party]?.[option] ?? 0])),
    stance: Object.hasOwn(stances, option) ? (stances[option] ?? null) : null,
  }))
  return { parties, options: options.toSorted((a, b) => b.total - a.total) }
}

/** Roll calls that do not go together have no matcher, and the reason is the sentence. */
async function surroundings(
  open: () => ReturnType<typeof campaignMatcher>,
): Promise<Pick<CampaignVotes, 'vacancies' | 'blockers'>> {
  try {
    const matcher = await open()
    const vacant = new Set<string>()
    for (const zip of matcher.zips()) {
      for (const { seat, stance } of matcher.match(zip).seats) if (stance === 'vacant') vacant.add(seat.id)
    }
    return { vacancies: [...vacant].sort(), blockers: matcher.blockers().map(({ sentence }) => sentence) }
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    return { vacancies: [], blockers: [error.message] }
  }
}

/** Returns everybody whose position a roll call has, by name: whom a person may judge by hand. */
export async function legislatorsOf(
  db: Db,
  rollCallIds: readonly string[],
): Promise<{ bioguide: string; name: string; seatId: string; label: string }[]> {
  const positions = (await Promise.all(rollCallIds.map((id) => loadPositions(db, id)))).flat()
  const people = await loadPeople(
    db,
    positions.map(({ legislatorId }) => legislatorId),
  )
  return positions
    .flatMap(({ legislatorId, seatId, label }) => {
      const person = people.get(legislatorId)
      return person ? [{ bioguide: person.bioguide, name: person.name, seatId, label }] : []
    })
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
}
