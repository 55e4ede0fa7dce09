// How many messages may be in the air at once in this process: a counter one can wait on.

export interface Capacity {
  readonly total: number
  /**
   * Takes up to `most` places and returns how many it got: at least one, waiting for it if it must,
   * or 0 when `signal` is aborted first.
   */
  take(most: number, signal: AbortSignal): Promise<number>
  give(places: number): void
}

interface Waiter {
  most: number
  grant(places: number): void
}

/** Returns a capacity of `total` places; those who wait are served in order. */
export function createCapacity(total: number): Capacity {
  let free = total
  const waiters: Waiter[] = []

  function grab(most: number): number {
    const got = Math.min(free, most)
    free -= got
    return got
  }

  return {
    total,
    async take(most, signal) {
      if (signal.aborted) return 0
      if (free > 0 && waiters.length === 0) return grab(most)
      return await new Promise<number>((resolve) => {
        const waiter: Waiter = {
          most,
          grant(places) {
            signal.removeEventListener('abort', leave)
            resolve(places)
          },
        }
        const leave = (): void => {
          waiters.splice(waiters.indexOf(waiter), 1)
          resolve(0)
        }
        signal.addEventListener('abort', leave, { once: true })
        waiters.push(waiter)
      })
    },
    give(places) {
      free += places
      while (free > 0) {
        const next = waiters.shift()
        if (next === undefined) return
        next.grant(grab(next.most))
      }
    },
  }
}
