// The senders of one worker: one for each transport it has, made when a campaign first needs it.
import { RollcallError } from '../core/errors.ts'
import { randomWord, systemRandom } from '../core/ids.ts'
import { openLanes } from '../delivery/lanes.ts'
import { createSender, type Sender } from '../delivery/sender.ts'
import { declareLimits, NO_LIMITS, type TransportLimits } from '../delivery/throttles.ts'
import { beat, holdSlots, signOff } from '../delivery/worker-slots.ts'
import type { WorkerParts } from './consume.ts'

/** What the settings allow one transport, all workers together. */
export interface LaneLimits extends TransportLimits {
  /** Connections, and so messages in the air; null: each worker has as many as its own settings say. */
  connections: number | null
}

const UNLIMITED: LaneLimits = { ...NO_LIMITS, connections: null }

export interface Senders {
  /** Returns the sender of the best transport that a sending campaign may use now and this worker has; null when there is none. */
  forCampaign(campaignId: string): Promise<Sender | null>
  /** Says that this worker lives, and learns what the others have changed: throttles, circuits, shares of connections. */
  beat(): Promise<void>
  /** Remembers work in progress until it ends. */
  track<Result>(work: Promise<Result>): Promise<Result>
  settled(): Promise<unknown>
  close(): Promise<void>
}

/** Returns the senders of one worker; nothing is opened yet. */
export function createSenders(parts: WorkerParts): Senders {
  const { db, transportFor, limits, log } = parts
  const workerId = randomWord(12, systemRandom)
  const senders = new Map<string, Promise<Sender>>()
  const working = new Set<Promise<unknown>>()
  const toldMissing = new Set<string>()
  const declared = new Set<string>()

  function tellMissing(campaignId: string, names: readonly string[]): void {
    const key = `${campaignId} ${names.join()}`
    if (names.length === 0 || toldMissing.has(key)) return
    toldMissing.add(key)
    log.error(
      { campaignId, transports: names },
      'this worker has none of the transports of the campaign; its settings differ from those of the launch',
    )
  }

  /** Once, and before a lane is needed: one that rests for the day may go on by the new settings. */
  async function declare(name: string): Promise<void> {
    if (declared.has(name)) return
    await declareLimits(db, name, limits?.[name] ?? UNLIMITED)
    declared.add(name)
  }

  async function open(name: string): Promise<Sender> {
    await declare(name)
    // A share of the connections is for those who live.
    await beat(db, workerId)
    const sender = await openSender(parts, name)
    await renew(parts, workerId, name, sender)
    return sender
  }

  function senderOf(name: string): Promise<Sender> {
    const known = senders.get(name)
    if (known !== undefined) return known
    const opening = open(name)
    senders.set(name, opening)
    // A database that was away must not leave a sender behind that never opens.
    opening.catch(() => senders.delete(name))
    return opening
  }

  return {
    async forCampaign(campaignId) {
      const names = await openLanes(db, campaignId)
      const ours = names.filter((each) => transportFor(each) !== null)
      if (ours.length === 0) tellMissing(campaignId, names)
      for (const name of ours) {
        const sender = await senderOf(name)
        if (mayStart(sender)) return sender
      }
      return null
    },
    async beat() {
      await beat(db, workerId)
      for (const name of Object.keys(limits ?? {})) await declare(name)
      for (const [name, sender] of senders) await renew(parts, workerId, name, await sender)
    },
    async track(work) {
      working.add(work)
      try {
        return await work
      } finally {
        working.delete(work)
      }
    },
    settled: () => Promise.allSettled(working),
    async close() {
      for (const opened of await Promise.allSettled(senders.values())) {
        if (opened.status === 'rejected') continue
        await opened.value[Symbol.asyncDispose]()
        // The share is the others' as soon as we have signed off.
        if (goneBy.has(opened.value)) await opened.value.transport.limitConnections?.(0)
      }
      await signOff(db, workerId).catch((error: unknown) =>
        log.warn(
          { error: String(error) },
          'could not sign off; the connections of this worker are free in a few seconds',
        ),
      )
    },
  }
}

/** Nobody waits for a place with a job in hand that others could do; and while a lane that failed is being tried, others carry the rest. */
function mayStart(sender: Sender): boolean {
  const { capacity } = sender
  return capacity.total() > 0 && (sender.view().failures === 0 || capacity.inUse() === 0)
}

async function openSender(
  { db, composer, transportFor, log, metrics, send }: WorkerParts,
  name: string,
): Promise<Sender> {
  const transport = transportFor(name)
  if (transport === null) throw new RollcallError('bug', `there is no transport ${name}`)
  const sender = createSender({
    db,
    lane: name,
    transport,
    composer,
    log,
    ...(metrics === undefined ? {} : { metrics }),
    ...(send === undefined ? {} : { options: send }),
  })
  await sender.look()
  return sender
}

function tell(name: string, sender: Sender): void {
  const { capacity, metrics } = sender
  metrics.lane(name, { places: capacity.total(), inUse: capacity.inUse(), ...sender.view() })
}

/** Makes the places of a sender what the lane and the share of this worker allow. */
async function renew({ db, limits }: WorkerParts, workerId: string, name: string, sender: Sender): Promise<void> {
  const { capacity, transport } = sender
  await sender.look()
  const total = limits?.[name]?.connections ?? null
  let places = transport.capacity
  if (total !== null) {
    // What it went by until now it lets go of the next time: by then those messages have landed.
    const inUse = Math.max(capacity.inUse(), goneBy.get(sender) ?? 0)
    places = Math.min(places, await holdSlots(db, { workerId, transport: name, total, inUse }))
    goneBy.set(sender, places)
  }
  if (sender.view().failures > 0) places = Math.min(places, 1)
  if (places !== capacity.total()) capacity.resize(places)
  // Before the next renewal, which lets go of the slots.
  const share = goneBy.get(sender)
  if (share !== undefined) await transport.limitConnections?.(share)
  tell(name, sender)
}

/** The share that each sender was told last. */
const goneBy = new WeakMap<Sender, number>()
