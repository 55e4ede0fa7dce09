// How many messages may be in the air at once in this process: a counter one can wait on.

export interface Capacity {
  readonly total: number
  /**
   * Takes up to `most` places and returns how many it got: at least one, waiting for it if it must,
   * or 0 when `signal` is aborted first. It waits a moment longer for half of all places, so that those who take
   * pay once for several.
   */
  take(most: number, signal: AbortSignal): Promise<number>
  give(places: number): void
}

interface Waiter {
  most: number
  grant(places: number): void
}

/** How long a free place waits for company, in milliseconds. */
const GATHER_MS = 5

/** Returns a capacity of `total` places; those who wait are served in order. */
export function createCapacity(total: number, gatherMs = GATHER_MS): Capacity {
  const waiters: Waiter[] = []
  const half = Math.ceil(total / 2)
  let free = total
  let timer: NodeJS.Timeout | undefined

  function grab(most: number): number {
    const got = Math.min(free, most)
    free -= got
    return got
  }

  function isEnough(most: number): boolean {
    return free >= Math.min(most, half)
  }

  /** Serves everybody there is enough for; the next in line gets what there is when the moment has passed. */
  function serve(): void {
    for (let next = waiters[0]; next !== undefined && isEnough(next.most); next = waiters[0]) grantFirst()
    if (free === 0 || waiters.length === 0) {
      clearTimeout(timer)
      timer = undefined
    } else timer ??= setTimeout(serveLate, gatherMs)
  }

  function serveLate(): void {
    timer = undefined
    grantFirst()
    serve()
  }

  function grantFirst(): void {
    const next = waiters.shift()
    next?.grant(grab(next.most))
  }

  return {
    total,
    async take(most, signal) {
      if (signal.aborted) return 0
      if (waiters.length === 0 && isEnough(most)) return grab(most)
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
          serve()
        }
        signal.addEventListener('abort', leave, { once: true })
        waiters.push(waiter)
        serve()
      })
    },
    give(places) {
      free += places
      serve()
    },
  }
}
