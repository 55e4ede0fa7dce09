// Keeps the memory of long work small, an import or a send: V8 lets the space for young objects double as long as rows come.
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const ENOUGH_BYTES = 8 * 2 ** 20

export interface YoungHeap extends Disposable {
  /** Call it now and then. */
  check(): void
}

/**
 * Returns a watch that stops the growth of V8's new space at the first `check` that finds it at 8 MB or more; disposing
 * lets it grow again. Measured on a million rows: 165 MB of memory in place of 285 MB, in the same CPU time, because
 * the 134 MB it grew to held rows that were written long ago.
 */
export function watchYoungHeap(): YoungHeap {
  let isBounded = false
  const grow = (factor: 1 | 2): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`)
  return {
    check() {
      if (isBounded || youngBytes() < ENOUGH_BYTES) return
      grow(1)
      isBounded = true
    },
    [Symbol.dispose]() {
      if (isBounded) grow(2) // V8's default
    },
  }
}

/** Returns the size of V8's new space in bytes. */
export function youngBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0
}
