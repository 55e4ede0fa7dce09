// Time as a value that is handed in, so that tests decide what time it is.

export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** Returns a clock that stands still at `at` (an ISO instant) until `advance` moves it. */
export function fixedClock(at: string): Clock & { advance(ms: number): void } {
  let time = new Date(at).getTime()
  return {
    now: () => new Date(time),
    advance(ms) {
      time += ms
    },
  }
}
