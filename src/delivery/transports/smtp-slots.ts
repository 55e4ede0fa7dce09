// How many connections may be in use at once: as many as we may have now, or as many as the server turned out to allow.

export interface Slots {
  /** Waits for a slot; false when the signal ended the wait. `first`: before everybody who waits already. */
  take(signal: AbortSignal, first: boolean): Promise<boolean>
  /** Gives a slot back. */
  give(): void
  /** The server let no further connection in beside `open` ones: that many is the limit for now. */
  refused(open: number): void
  /** One more connection came to be, and now there are `open`. */
  opened(open: number): void
  /** From now on so many connections may be in use; those beyond it stay in use until they are given back. */
  resize(connections: number): void
}

export interface SlotLimits {
  /** At most, and to begin with. */
  connections: number
  /** After how long one connection more than the server's limit is tried again. */
  capRetryMs: number
}

/** Returns the slots; `now` is a clock in milliseconds that never runs backwards. */
export function createSlots({ connections, capRetryMs }: SlotLimits, now: () => number): Slots {
  const waiting: (() => void)[] = []
  let most = connections
  let used = 0
  let cap: { limit: number; retryAt: number } | null = null

  const limit = (): number => {
    if (cap === null) return most
    return Math.min(most, now() < cap.retryAt ? cap.limit : cap.limit + 1)
  }
  const wake = (): void => {
    while (used < limit()) {
      const next = waiting.shift()
      if (next === undefined) return
      used += 1
      next()
    }
  }
  return {
    take(signal, first) {
      if (used < limit() && (first || waiting.length === 0)) {
        used += 1
        return Promise.resolve(true)
      }
      return new Promise<boolean>((resolve) => {
        const leave = (): void => {
          waiting.splice(waiting.indexOf(enter), 1)
          resolve(false)
        }
        const enter = (): void => {
          signal.removeEventListener('abort', leave)
          resolve(true)
        }
        if (signal.aborted) return resolve(false)
        signal.addEventListener('abort', leave, { once: true })
        if (first) waiting.unshift(enter)
        else waiting.push(enter)
      })
    },
    give() {
      used -= 1
      wake()
    },
    refused(open) {
      cap = { limit: Math.max(1, Math.min(open, most)), retryAt: now() + capRetryMs }
    },
    opened(open) {
      if (cap === null || open <= cap.limit) return
      cap = open >= most ? null : { limit: open, retryAt: now() + capRetryMs }
    },
    resize(wanted) {
      // Never none: a message that was claimed under the old limit must not wait until its lease ends.
      most = Math.max(1, wanted)
      wake()
    },
  }
}
