// How many messages may be in the air at once in this process: a counter one can wait on.

export interface Capacity {
  /** How many there are now; `resize` changes it. */
  total(): number
  /** Places that are taken. */
  inUse(): number
  /**
   * Takes up to `most` places and returns how many it got: at least one, waiting for it if it must,
   * or 0 when `signal` is aborted first. It waits a moment longer for half of all places, so that those who take
   * pay once for several.
   */
  take(most: number, signal: AbortSignal): Promise<number>
  give(places: number): void
  /** From now on there are so many places; those taken beyond it are not given out again. */
  resize(total: number): void
}

interface Waiter {
  most: number
  grant(places: number): void
}

/** How long a free place waits for company, in milliseconds. */
const GATHER_MS = 5

/** Returns a capacity of `total` places; those who wait are served in order. */
export function createCapacity(places: number, gatherMs = GATHER_MS): Capacity {
  const waiters: Waiter[] = []
  let total = places
  let free = total
  let timer: NodeJS.Timeout | undefined

  function grab(most: number): number {
    const got = Math.max(0, Math.min(free, most))
    free -= got
    return got
  }

  function isEnough(most: number): boolean {
    return free > 0 && free >= Math.min(most, Math.ceil(total / 2))
  }

  /** Serves everybody there is enough for; the next in line gets what there is when the moment has passed. */
  function serve(): void {
    for (let next = waiters[0]; next !== undefined && isEnough(next.most); next = waiters[0]) grantFirst()
    if (free <= 0 || waiters.length === 0) {
      clearTimeout(timer)
      timer = undefined
    } else timer ??= setTimeout(serveLate, gatherMs)
  }

  function serveLate(): void {
    timer = undefined
    if (free > 0) grantFirst()
    serve()
  }

  function grantFirst(): void {
    const next = waiters.shift()
    next?.grant(grab(next.most))
  }

  return {
    total: () => total,
    inUse: () => total - free,
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
    resize(wanted) {
      free += wanted - total
      total = wanted
      serve()
    },
  }
}
