// Hands messages to the transport, as many as one call carries, and never beyond the lease.
import { messageOf } from '../core/errors.ts'
import type { Batch, Ready } from './ending.ts'
import type { Sender } from './sender.ts'
import type { Handoff } from './transport.ts'

export interface Handed {
  ready: Ready
  handoff: Handoff
}

/** Returns what became of each message of the group, in order; whatever happens it is a value. */
export async function handOver(
  sender: Sender,
  batch: Batch,
  group: readonly Ready[],
  lease: AbortSignal,
): Promise<Handed[]> {
  const startedAt = performance.now()
  try {
    const handoffs = await sender.transport.send(
      group.map((each) => each.message),
      lease,
    )
    return group.map((ready, index) => ({ ready, handoff: handoffs[index] ?? silent('the transport gave no answer') }))
  } catch (error) {
    sender.log.error(
      { campaignId: batch.campaignId, error: messageOf(error) },
      'a transport threw instead of answering',
    )
    return group.map((ready) => ({ ready, handoff: silent(`the transport broke: ${messageOf(error)}`) }))
  } finally {
    sender.metrics.handedOver(sender.lane, (performance.now() - startedAt) / 1000)
  }
}

/** Puts messages that share their content side by side, then cuts at what one call may carry. */
export function groups(ready: readonly Ready[], size: number): Ready[][] {
  if (size <= 1) return ready.map((each) => [each])
  const byContent = [...Map.groupBy(ready, (each) => each.message.shared).values()].flat()
  return Array.from({ length: Math.ceil(byContent.length / size) }, (_, index) =>
    byContent.slice(index * size, (index + 1) * size),
  )
}

/** Aborts when the lease ends: after that the sweeper may already have judged the delivery. */
export function untilLeaseEnds(ms: number, cut: AbortSignal): Disposable & { signal: AbortSignal } {
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

function silent(sentence: string): Handoff {
  return { kind: 'broken', stage: 'dot', mayBeDelivered: true, sentence }
}
