// Stances must be legible, and tellable without colour.
import { describe, expect, it } from 'vitest'
import { parseColour } from '../../src/message/colour.ts'
import { blend, contrast, type Colour } from '../../src/message/contrast.ts'
import { STANCE_LOOKS } from '../../src/message/stance-look.ts'

function colour(text: string): Colour {
  const parsed = parseColour(text)
  if (parsed === null) throw new Error(`not a colour: ${text}`)
  return parsed
}

describe('every stance', () => {
  it.each(Object.entries(STANCE_LOOKS))('%s reads at 4.5:1 or better on its tint and on white', (_, look) => {
    expect(contrast(colour(look.colour), colour(look.tint))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(colour(look.colour), colour('white'))).toBeGreaterThanOrEqual(4.5)
  })

  it('has a glyph of its own', () => {
    const glyphs = Object.values(STANCE_LOOKS).map(({ glyph }) => glyph)
    expect(new Set(glyphs).size).toBe(glyphs.length)
    expect(glyphs.every((glyph) => glyph.length === 1)).toBe(true)
  })
})

describe('contrast', () => {
  it('is 21 for black on white, 1 for a colour on itself, and 4.54 for the grey everybody quotes', () => {
    expect(contrast(colour('#000'), colour('#fff'))).toBeCloseTo(21, 5)
    expect(contrast(colour('#abcdef'), colour('#abcdef'))).toBe(1)
    expect(contrast(colour('#767676'), colour('white'))).toBeCloseTo(4.54, 2)
  })

  it('sees a translucent colour as what lies over its background', () => {
    expect(blend(colour('rgba(0, 0, 0, 0.5)'), colour('white'))).toMatchObject({
      red: 127.5,
      green: 127.5,
      blue: 127.5,
    })
  })
})

describe('a colour', () => {
  it('is read in every way mail writes it', () => {
    const red = { red: 255, green: 0, blue: 0, alpha: 1 }
    const ways = ['#f00', '#FF0000', '#ff0000ff', 'red', 'rgb(255,0,0)', 'rgba(255, 0, 0, 1)', ' Red ']
    expect(ways.map(parseColour)).toEqual(ways.map(() => red))
    expect(parseColour('transparent')?.alpha).toBe(0)
    expect(parseColour('rgb(0 0 0 / 50%)')?.alpha).toBe(0.5)
  })

  it('is null for what is none', () => {
    expect(['inherit', '', '#12', '#12345', 'url(x)', 'rgb(1,2)'].map(parseColour)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ])
  })
})
