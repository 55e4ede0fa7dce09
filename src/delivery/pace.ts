// How fast messages have been carried of late, in this process.

export interface Pace {
  /** Counts one message that was carried. */
  count(): void
  /** Returns messages a second over the last few seconds. */
  perSecond(): number
}

/** Long enough to even out groups, short enough to follow a change. */
const WINDOW_S = 5

/** Returns a pace; `now` returns milliseconds of a clock that never goes back. */
export function createPace(now: () => number): Pace {
  const startedAt = now()
  // One count for each of the last seconds: [second, messages].
  const seconds: { second: number; messages: number }[] = []
  const secondOf = (): number => Math.floor(now() / 1000)
  return {
    count() {
      const second = secondOf()
      const last = seconds.at(-1)
      if (last?.second === second) last.messages += 1
      else {
        seconds.push({ second, messages: 1 })
        if (seconds.length > WINDOW_S + 1) seconds.shift()
      }
    },
    perSecond() {
      const since = secondOf() - WINDOW_S
      const messages = seconds.reduce((sum, each) => sum + (each.second > since ? each.messages : 0), 0)
      // The second that has begun counts as far as it has come.
      const spanS = now() / 1000 - (since + 1)
      const ageS = (now() - startedAt) / 1000
      return messages / Math.max(1, Math.min(spanS, ageS))
    },
  }
}
