// Writes down how messages ended, and lets lane and campaign know first.
import { messageOf } from '../core/errors.ts'
import { handoffEnding, type Batch } from './ending.ts'
import { pauseAfterFailures, type Ending } from './endings.ts'
import type { Handed } from './hand-over.ts'
import type { Sender } from './sender.ts'
import { steerLane } from './steer-lane.ts'

/** A refusal of us moves the lane before the delivery is due again, or the next claim would run into the same wall. */
export async function settleHandoff(sender: Sender, batch: Batch, { ready, handoff }: Handed): Promise<void> {
  const { verdict, ending } = handoffEnding(sender, batch, ready, handoff)
  await steerLane(sender, verdict, ending.sentence)
  await sender.settler.settle(ending)
  if (verdict.stopCampaign) await stopAfterFailures(sender, ending)
}

/** Keeps its place until all is written: a template that fails for everybody must not outrun the pause. */
export async function settleStay(sender: Sender, ending: Ending): Promise<void> {
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

function logged(sender: Sender, what: string): (error: unknown) => void {
  return (error) => sender.log.error({ error: messageOf(error) }, what)
}
