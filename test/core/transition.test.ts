// State tables: which moves are allowed, and how a diagram is compared with its table.
import { describe, expect, it } from 'vitest'
import { assertMove, canMove, diagramMoves, statesBefore, type Transitions } from '../../src/core/transition.ts'

type State = 'draft' | 'running' | 'paused' | 'done'
const TABLE: Transitions<State> = {
  draft: ['running'],
  running: ['paused', 'done'],
  paused: ['running', 'done'],
  done: [],
}

describe('a state table', () => {
  it('allows the moves it names and no others', () => {
    expect(canMove(TABLE, 'draft', 'running')).toBe(true)
    expect(canMove(TABLE, 'draft', 'done')).toBe(false)
    expect(canMove(TABLE, 'running', 'running')).toBe(false)
  })

  it('gives the states from which another is reached', () => {
    expect(statesBefore(TABLE, 'done')).toEqual(['running', 'paused'])
    expect(statesBefore(TABLE, 'draft')).toEqual([])
  })

  it('says what may follow when a move is refused', () => {
    expect(() => assertMove(TABLE, 'paused', 'done', 'the thing')).not.toThrow()
    expect(() => assertMove(TABLE, 'draft', 'done', 'the thing')).toThrow(
      expect.objectContaining({
        code: 'bad_transition',
        message: 'the thing is draft and cannot become done',
        hint: 'from draft it can become running',
      }),
    )
    expect(() => assertMove(TABLE, 'done', 'draft', 'the thing')).toThrow(
      expect.objectContaining({ hint: 'done is final' }),
    )
  })
})

describe('a mermaid diagram', () => {
  it('is read as the pairs it draws, start and end included', () => {
    const text =
      'stateDiagram-v2\n  [*] --> draft\n  draft --> running: launch\n// * running --> done\n  * running --> paused\n'
    expect(diagramMoves(text)).toEqual([
      ['[*]', 'draft'],
      ['draft', 'running'],
      ['running', 'paused'],
    ])
  })
})
