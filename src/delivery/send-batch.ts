// One claim from the ledger to the wire and back: compose → confirm → hand over → classify → settle.
import { messageOf } from '../core/errors.ts'
import { confirmClaims, recordBytes, type Claim } from './claims.ts'
import {
  changedEnding,
  handoffEnding,
  makeReady,
  releasedEnding,
  unrenderableEnding,
  type Batch,
  type Ready,
} from './ending.ts'
import { pauseAfterFailures, type Ending } from './endings.ts'
import { isOutage } from './outage.ts'
import type { Sender, StopSignals } from './sender.ts'
import { steerLane } from './steer-lane.ts'
import type { Handoff } from './transport.ts'

/**
 * Sends the claimed deliveries and settles every one of them; resolves when all are in the ledger.
 * Holds one place of the sender's capacity for each claim and gives each back when its message has left or stays.
 */
export async function sendBatch(sender: Sender, batch: Batch, signals: StopSignals): Promise<void> {
  const composed = await composeAll(sender, batch)
  const allowed = await confirmAll(sender, batch, composed.go, signals)
  await rememberBytes(sender, batch, allowed.go)
  const stays = [...composed.stays, ...allowed.stays]
  await Promise.all([
    ...stays.map((ending) => settleStay(sender, ending)),
    ...groups(allowed.go, sender.transport.maxBatch).map((group) => sendGroup(sender, batch, group, signals)),
  ])
}

interface Sorted {
  go: Ready[]
  stays: Ending[]
}

/** One person or one variant that cannot be rendered ends alone; a database that is away ends nothing. */
async function composeAll(sender: Sender, batch: Batch): Promise<Sorted> {
  const sorted: Sorted = { go: [], stays: [] }
  for (const claim of batch.claims) {
    const made = await compose(sender, batch, claim)
    if ('message' in made) sorted.go.push(made)
    else sorted.stays.push(made)
  }
  return sorted
}

async function compose(sender: Sender, batch: Batch, claim: Claim): Promise<Ready | Ending> {
  try {
    const ready = makeReady(claim, await sender.composer.compose(claim.recipient), batch.now())
    const differs = claim.mustMatch !== null && !claim.mustMatch.equals(ready.sha256)
    return differs ? changedEnding(sender, batch, claim) : ready
  } catch (error) {
    if (isOutage(error))
      return releasedEnding(sender, batch, claim, 'the database was away while the message was composed')
    return unrenderableEnding(sender, batch, claim, `the message cannot be rendered: ${messageOf(error)}`)
  }
}

/** Whoever was held up between claim and send asks again: kill switch, pause, opt-out and lease may have changed. */
async function confirmAll(sender: Sender, batch: Batch, ready: Ready[], { stop }: StopSignals): Promise<Sorted> {
  const release = (each: Ready, why: string): Ending => releasedEnding(sender, batch, each.claim, why)
  if (stop.aborted)
    return {
      go: [],
      stays: ready.map((each) => release(each, 'the worker stopped before the message was handed over')),
    }
  if (batch.ageMs() < sender.options.staleMs || ready.length === 0) return { go: ready, stays: [] }
  const claims = ready.map((each) => each.claim)
  const allowed = await confirmClaims(sender.db, batch.campaignId, claims).catch(nobody(sender))
  const may = (each: Ready): boolean => allowed.has(each.claim.recipient.deliveryId)
  const why = 'the campaign, the kill switch or an opt-out stopped the message before it was handed over'
  return { go: ready.filter(may), stays: ready.filter((each) => !may(each)).map((each) => release(each, why)) }
}

/** RESEND promises the same bytes even after a crash, so they are written down before they leave. */
async function rememberBytes(sender: Sender, batch: Batch, ready: Ready[]): Promise<void> {
  if (!batch.resends || ready.length === 0) return
  const rows = ready.map(({ claim, message, sha256 }) => ({
    deliveryId: message.deliveryId,
    fence: claim.fence,
    messageId: message.messageId,
    sha256,
  }))
  await recordBytes(sender.db, batch.campaignId, rows)
}

async function sendGroup(sender: Sender, batch: Batch, group: readonly Ready[], { cut }: StopSignals): Promise<void> {
  const handoffs = await handOver(sender, batch, group, cut)
  await Promise.all(
    group.map((ready, index) =>
      settle(sender, batch, ready, handoffs[index] ?? silent('the transport gave no answer')),
    ),
  )
  // Kept until all is written: what a crash leaves in doubt is never more than the places there are.
  sender.capacity.give(group.length)
}

async function handOver(sender: Sender, batch: Batch, group: readonly Ready[], cut: AbortSignal): Promise<Handoff[]> {
  using lease = untilLeaseEnds(sender.options.leaseMs - batch.ageMs(), cut)
  const startedAt = performance.now()
  try {
    return await sender.transport.send(
      group.map((each) => each.message),
      lease.signal,
    )
  } catch (error) {
    sender.log.error(
      { campaignId: batch.campaignId, error: messageOf(error) },
      'a transport threw instead of answering',
    )
    return group.map(() => silent(`the transport broke: ${messageOf(error)}`))
  } finally {
    sender.metrics.handedOver(sender.lane, (performance.now() - startedAt) / 1000)
  }
}

/** A refusal of us moves the lane before the delivery is due again, or the next claim would run into the same wall. */
async function settle(sender: Sender, batch: Batch, ready: Ready, handoff: Handoff): Promise<void> {
  const { verdict, ending } = handoffEnding(sender, batch, ready, handoff)
  await steerLane(sender, verdict, ending.sentence)
  await sender.settler.settle(ending)
  if (verdict.stopCampaign) await stopAfterFailures(sender, ending)
}

/** Keeps its place until all is written: a template that fails for everybody must not outrun the pause. */
async function settleStay(sender: Sender, ending: Ending): Promise<void> {
  await sender.settler.settle(ending)
  if (ending.reason === 'unrenderable') await stopAfterFailures(sender, ending)
  sender.capacity.give(1)
}

async function stopAfterFailures(sender: Sender, ending: Ending): Promise<void> {
  if (ending.state !== 'failed' || ending.reason === null) return
  const limit = sender.options.contentFailures
  const paused = await pauseAfterFailures(sender.db, ending.campaignId, [ending.reason], limit).catch(
    logged(sender, 'the failures could not be counted'),
  )
  if (paused === true)
    sender.log.error(
      { campaignId: ending.campaignId, sentence: ending.sentence },
      'the campaign is paused: its messages fail',
    )
}

/** Puts messages that share their content side by side, then cuts at what one call may carry. */
function groups(ready: readonly Ready[], size: number): Ready[][] {
  if (size <= 1) return ready.map((each) => [each])
  const byContent = [...Map.groupBy(ready, (each) => each.message.shared).values()].flat()
  return Array.from({ length: Math.ceil(byContent.length / size) }, (_, index) =>
    byContent.slice(index * size, (index + 1) * size),
  )
}

function silent(sentence: string): Handoff {
  return { kind: 'broken', stage: 'dot', mayBeDelivered: true, sentence }
}

/** Without an answer nobody may go: an outage in this moment must not count as a yes. */
function nobody(sender: Sender): (error: unknown) => Set<string> {
  return (error) => {
    sender.log.warn({ error: messageOf(error) }, 'the claims could not be confirmed; nothing of them is sent')
    return new Set()
  }
}

function logged(sender: Sender, what: string): (error: unknown) => void {
  return (error) => sender.log.error({ error: messageOf(error) }, what)
}

/** Aborts when the lease ends: after that the sweeper may already have judged the delivery. */
function untilLeaseEnds(ms: number, cut: AbortSignal): Disposable & { signal: AbortSignal } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const timer = setTimeout(abort, Math.max(0, ms))
  cut.addEventListener('abort', abort, { once: true })
  if (cut.aborted) abort()
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      cut.removeEventListener('abort', abort)
    },
  }
}
