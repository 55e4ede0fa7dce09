// The difference of two texts: what is told of it makes the one from the other.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineDiff } from '../../src/campaign/line-diff.ts'

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 30 }).map((lines) => lines.join('\n'))

describe('the difference', () => {
  it('of a text and itself is nothing', () => {
    expect(lineDiff('a\nb', 'a\nb')).toEqual([])
  })

  it('names what came and what went, with two lines around', () => {
    const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].join('\n')
    expect(lineDiff(before, before.replace('5', 'five')).map(({ kind, text: line }) => `${kind} ${line}`)).toEqual([
      'skipped ',
      'same 3',
      'same 4',
      'removed 5',
      'added five',
      'same 6',
      'same 7',
      'skipped ',
    ])
  })

  it('has every line that came, in order, and every line that went', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after)
        const [a, b] = [before.split('\n'), after.split('\n')]
        const balance = (kind: string) => lines.filter((line) => line.kind === kind).length
        expect(b.length - a.length).toBe(balance('added') - balance('removed'))
        const come = lines.filter(({ kind }) => kind === 'added').map((line) => line.text)
        let at = 0
        for (const line of b) if (line === come[at]) at += 1
        expect(at).toBe(come.length)
      }),
    )
  })

  it('of two texts without a line in common is told at once, however long they are', () => {
    const before = Array.from({ length: 4000 }, (_, n) => `a${n}`).join('\n')
    const lines = lineDiff(before, before.replaceAll('a', 'b'))
    expect(lines.filter(({ kind }) => kind === 'added')).toHaveLength(4000)
  })
})
