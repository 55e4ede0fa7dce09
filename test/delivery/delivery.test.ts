// The delivery's diagram, its table and the database agree.
import { expect, test } from 'vitest'
import { diagramMoves } from '../../src/core/transition.ts'
import { DELIVERY_DIAGRAM, DELIVERY_MOVES, DELIVERY_STATES, FIRST_STATES } from '../../src/delivery/delivery.ts'

test('the diagram shows exactly the moves of the table', () => {
  const drawn = diagramMoves(DELIVERY_DIAGRAM).map((move) => move.join(' → '))
  const first = FIRST_STATES.map((to) => `[*] → ${to}`)
  const moves = DELIVERY_STATES.flatMap((from) => DELIVERY_MOVES[from].map((to) => `${from} → ${to}`))
  expect(drawn.sort()).toEqual([...first, ...moves].sort())
})

test('a delivery in doubt or sending never goes back to pending by itself: only doubt may, by policy', () => {
  const intoPending = DELIVERY_STATES.filter((from) => DELIVERY_MOVES[from].includes('pending'))
  expect(intoPending).toEqual(['failed', 'in_doubt'])
})
