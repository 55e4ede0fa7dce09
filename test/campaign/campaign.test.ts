// The states of a campaign: table and diagram agree.
import { expect, test } from 'vitest'
import { CAMPAIGN_DIAGRAM, CAMPAIGN_MOVES, CAMPAIGN_STATES, LAUNCHED_STATES } from '../../src/campaign/campaign.ts'
import { diagramMoves } from '../../src/core/transition.ts'

test('the diagram shows exactly the moves of the table', () => {
  const drawn = diagramMoves(CAMPAIGN_DIAGRAM)
    .filter(([from]) => from !== '[*]')
    .map(([from, to]) => `${from} > ${to}`)
  const listed = CAMPAIGN_STATES.flatMap((from) => CAMPAIGN_MOVES[from].map((to) => `${from} > ${to}`))
  expect(drawn.sort()).toEqual(listed.sort())
})

test('nothing leaves a launched state for one in which content may change', () => {
  const open = CAMPAIGN_STATES.filter((state) => !LAUNCHED_STATES.includes(state))
  for (const from of LAUNCHED_STATES) expect(CAMPAIGN_MOVES[from].filter((to) => open.includes(to))).toEqual([])
})
