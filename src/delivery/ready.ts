// Makes claims ready to leave: composed, confirmed, and where a resend must match, written down.
import { messageOf } from '../core/errors.ts'
import { confirmClaims, recordBytes, type Claim } from './claims.ts'
import { changedEnding, makeReady, releasedEnding, unrenderableEnding, type Batch, type Ready } from './ending.ts'
import type { Ending } from './endings.ts'
import { isOutage } from './outage.ts'
import type { Sender, StopSignals } from './sender.ts'

/** What goes on, and what has ended here. */
export interface Sorted {
  go: Ready[]
  stays: Ending[]
}

/** One person or one variant that cannot be rendered ends alone; a database that is away ends nothing. */
export async function composeAll(sender: Sender, batch: Batch): Promise<Sorted> {
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
export async function confirmAll(sender: Sender, batch: Batch, ready: Ready[], { stop }: StopSignals): Promise<Sorted> {
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

/**
 * RESEND promises the same bytes even after a crash, so they are written down before they leave. Where they cannot be,
 * nothing leaves: the claims go back.
 */
export async function rememberBytes(sender: Sender, batch: Batch, ready: Ready[]): Promise<Sorted> {
  if (!batch.resends || ready.length === 0) return { go: ready, stays: [] }
  const rows = ready.map(({ claim, message, sha256 }) => ({
    deliveryId: message.deliveryId,
    fence: claim.fence,
    messageId: message.messageId,
    sha256,
  }))
  try {
    await recordBytes(sender.db, batch.campaignId, rows)
    return { go: ready, stays: [] }
  } catch (error) {
    const why = `the bytes could not be written down before the message was handed over: ${messageOf(error)}`
    return { go: [], stays: ready.map((each) => releasedEnding(sender, batch, each.claim, why)) }
  }
}

/** Without an answer nobody may go: an outage in this moment must not count as a yes. */
function nobody(sender: Sender): (error: unknown) => Set<string> {
  return (error) => {
    sender.log.warn({ error: messageOf(error) }, 'the claims could not be confirmed; nothing of them is sent')
    return new Set()
  }
}
