// The check: everything that would stop or shame a send, in one list.
import type { Matcher } from '../congress/matcher.ts'
import type { Clock } from '../core/clock.ts'
import { parseManifest, type Manifest } from '../message/manifest.ts'
import type { Problem } from '../message/problem.ts'
import type { Db } from '../store/connect.ts'
import { combination } from './combination.ts'
import { campaignMatcher } from './campaign-matcher.ts'
import { campaignHashes, currentRevision, findCampaign, type CampaignHashes } from './campaigns.ts'
import { checkAudience } from './check-audience.ts'
import { checkCongress } from './check-congress.ts'
import { checkMessages } from './check-messages.ts'
import type { Sender } from './composer.ts'
import { parseSegment } from './segment.ts'
import { tryDefinition } from './definition.ts'
import { planVariants, type VariantPlan } from './variants.ts'

export interface CheckReport extends CampaignHashes {
  campaignId: string
  revision: number
  /** True when nothing of severity error was found: the campaign may be approved. */
  passed: boolean
  audience: number
  problems: Problem[]
}

/** Returns the report of a campaign as it is now. Throws only when there is no such campaign. */
export async function checkCampaign(db: Db, id: string, sender: Sender, clock: Clock): Promise<CheckReport> {
  return (await checkWithPlan(db, id, sender, clock)).report
}

/** A report, and what it was made from: the manifest and the variants; null when the manifest cannot be read. */
interface Checked {
  report: CheckReport
  planned: { manifest: Manifest; plan: VariantPlan } | null
}

/** The same, with the plan of the audience: a million subscribers are not counted twice for one page. */
export async function checkWithPlan(db: Db, id: string, sender: Sender, clock: Clock): Promise<Checked> {
  const campaign = await findCampaign(db, id)
  const { files, revision } = await currentRevision(db, campaign)
  const hashes = await campaignHashes(db, campaign)
  const report = (problems: Problem[], plan: VariantPlan | null): CheckReport => ({
    campaignId: id,
    revision,
    passed: !problems.some((problem) => problem.severity === 'error'),
    ...hashes,
    audience: plan?.variants.reduce((sum, variant) => sum + variant.subscribers, 0) ?? 0,
    problems: problems.sort(bySeverity),
  })

  const parsed = parseManifest(files['campaign.yaml'] ?? '')
  if (!parsed.ok) return { report: report(parsed.problems, null), planned: null }
  const { manifest } = parsed
  const segment = parseSegment(campaign.segment)
  const matcher = await campaignMatcher(db, id, manifest, clock)
  const plan = await planVariants(db, matcher, manifest, segment)
  const definition = await tryDefinition(db, campaign, sender.links)
  const problems = [
    ...(await checkCongress(db, id, matcher)),
    ...(await checkAudience(db, plan, manifest, segment)),
    ...(definition.ok
      ? await checkMessages(definition.definition, campaign, everyMatch(matcher, plan), sender, clock)
      : definition.problems),
  ]
  return { report: report(problems, plan), planned: { manifest, plan } }
}

/** The variants of the audience, and one ZIP of every combination in the country that the audience lacks. */
function everyMatch(matcher: Matcher, plan: VariantPlan): VariantPlan['variants'] {
  const seen = new Set(plan.variants.map(({ match }) => combination(match)))
  const others = []
  for (const zip of matcher.zips()) {
    const match = matcher.match(zip)
    if (seen.has(combination(match))) continue
    seen.add(combination(match))
    others.push({ candidates: match.candidates.join(','), match, skipReason: null, subscribers: 0 })
  }
  return [...plan.variants.filter((variant) => variant.skipReason === null), ...others]
}

const ORDER = { error: 0, warning: 1, notice: 2 } as const

function bySeverity(a: Problem, b: Problem): number {
  return ORDER[a.severity] - ORDER[b.severity]
}
