// What one handoff means for the lane: it goes on, slows down, rests, or its circuit opens.
import { messageOf } from '../core/errors.ts'
import type { Verdict } from './classify.ts'
import { closeCircuit, openCircuit, pauseLane } from './lanes.ts'
import type { Sender } from './sender.ts'
import { slowTransport } from './throttles.ts'

/** Changes the lane for all workers as the verdict says, and tells the operator once. Resolves when it is written. */
export async function steerLane(sender: Sender, verdict: Verdict, sentence: string): Promise<void> {
  try {
    if (verdict.state === 'sent') await carried(sender)
    else if (verdict.slowsLane) await slow(sender, sentence)
    else if (verdict.pauseLaneMs !== null) await rest(sender, verdict, verdict.pauseLaneMs, sentence)
  } catch (error) {
    sender.log.error({ transport: sender.lane, error: messageOf(error) }, 'the state of the lane could not be written')
  }
}

async function carried(sender: Sender): Promise<void> {
  sender.pace.count()
  if (sender.view().failures === 0) return
  await closeCircuit(sender.db, sender.lane)
  await sender.look()
}

async function slow(sender: Sender, sentence: string): Promise<void> {
  const { db, lane, log } = sender
  const perSecond = await slowTransport(db, lane, sender.pace.perSecond(), sentence)
  await sender.look()
  if (perSecond !== null) log.warn({ transport: lane, perSecond, sentence }, 'the lane slows down')
}

/** Until when each sender has told of a pause: ten connections meet the same wall, the operator hears of it once. */
const toldUntil = new WeakMap<Sender, number>()

async function rest(sender: Sender, { opensCircuit }: Verdict, ms: number, sentence: string): Promise<void> {
  const { db, lane, log } = sender
  const now = performance.now()
  if (now >= (toldUntil.get(sender) ?? 0)) {
    toldUntil.set(sender, now + ms)
    log.warn({ transport: lane, pauseMs: ms, sentence }, 'the lane is paused')
  }
  await (opensCircuit ? openCircuit : pauseLane)(db, lane, ms, sentence)
  await sender.look()
}
