// Test messages: the real renderer and the real transport, but no ledger and no subscriber.
import { combination } from '../campaign/combination.ts'
import type { Sender } from '../campaign/composer.ts'
import { createPreviewer, type Previewer } from '../campaign/preview.ts'
import { findCampaign } from '../campaign/campaigns.ts'
import { parseSegment } from '../campaign/segment.ts'
import { planVariants, type Variant } from '../campaign/variants.ts'
import type { Match } from '../congress/match.ts'
import type { Address } from '../core/address.ts'
import type { Clock } from '../core/clock.ts'
import { randomWord } from '../core/ids.ts'
import type { Db } from '../store/connect.ts'
import type { Handoff, Transport } from './transport.ts'

interface TestContext {
  db: Db
  campaignId: string
  sender: Sender
  clock: Clock
  transport: Transport
}

interface TestRequest {
  to: Address[]
  /** The message of this ZIP; null: of an unknown one; undefined: of the commonest combination. */
  zip: string | null | undefined
  everyVariant: boolean
}

export interface TestReport {
  messages: { outcome: string; subject: string; accepted: boolean; sentence: string }[]
}

const TWO_MINUTES = 120_000

/** Sends the test messages, which are the real ones to the letter, and returns what became of each, without addresses. */
export async function sendTests(context: TestContext, request: TestRequest): Promise<TestReport> {
  const previewer = await createPreviewer(context.db, context.campaignId, context.sender, context.clock)
  const messages: TestReport['messages'] = []
  for (const match of await matchesFor(context, previewer, request)) {
    for (const to of request.to) {
      const message = previewer.forTest(match, to.text, `test-${randomWord(10)}`)
      const [handoff] = await context.transport.send([message], AbortSignal.timeout(TWO_MINUTES))
      messages.push({ outcome: match.outcome, subject: message.subject, ...verdictOf(handoff) })
    }
  }
  return { messages }
}

/** One match of every combination in the audience, the commonest first; or that of one ZIP, or the commonest alone. */
async function matchesFor(
  { db, campaignId }: TestContext,
  { matcher, definition }: Previewer,
  request: TestRequest,
): Promise<Match[]> {
  if (request.zip !== undefined) return [matcher.match(request.zip)]
  const { segment } = await findCampaign(db, campaignId)
  const { variants } = await planVariants(db, matcher, definition.manifest, parseSegment(segment))
  const byCombination = [...Map.groupBy(variants, ({ match }) => combination(match)).values()]
  const size = (group: Variant[]) => group.reduce((sum, { subscribers }) => sum + subscribers, 0)
  const matches = byCombination.sort((a, b) => size(b) - size(a)).flatMap(([first]) => (first ? [first.match] : []))
  return request.everyVariant ? matches : matches.slice(0, 1)
}

function verdictOf(handoff: Handoff | undefined): { accepted: boolean; sentence: string } {
  if (handoff === undefined) return { accepted: false, sentence: 'the transport gave no answer' }
  if (handoff.kind === 'accepted') return { accepted: true, sentence: handoff.reply.text }
  return {
    accepted: false,
    sentence: handoff.kind === 'refused' ? `${handoff.reply.code} ${handoff.reply.text}` : handoff.sentence,
  }
}
