// The bound on V8's young objects: it holds while it is wanted, and no longer.
import { expect, it } from 'vitest'
import { watchYoungHeap, youngBytes, type YoungHeap } from '../../src/audience/young-heap.ts'

/** Makes a million rows of which the last twenty thousand are alive, as an import does; returns the largest new space. */
function readRows(heap?: YoungHeap): number {
  const alive: object[] = []
  let largest = 0
  for (let row = 0; row < 1_000_000; row += 1) {
    alive[row % 20_000] = { row, cells: [`person.${row}@example.org`, `First${row}`, `Last${row}`] }
    if (row % 1000 > 0) continue
    heap?.check()
    largest = Math.max(largest, youngBytes())
  }
  return largest
}

it('keeps the space for young objects from doubling until it is disposed', () => {
  const heap = watchYoungHeap()
  const bounded = readRows(heap)
  heap[Symbol.dispose]()
  expect(bounded).toBeLessThan(40 * 2 ** 20)
  expect(readRows()).toBeGreaterThan(bounded)
})
