// How a stance looks: a glyph that needs no colour, a dark foreground and its light tint.
import type { Stance } from '../congress/stance.ts'

export interface StanceLook {
  /** One character of the common symbol blocks, none of which mail programs turn into an emoji. */
  glyph: string
  /** #rrggbb, at least 4.5:1 (WCAG 2.2 AA) on the tint and on white. */
  colour: string
  tint: string
}

export const STANCE_LOOKS: Readonly<Record<Stance, StanceLook>> = {
  champion: { glyph: '✓', colour: '#14663b', tint: '#e6f4ea' },
  opponent: { glyph: '✗', colour: '#a61b1b', tint: '#fdecea' },
  neutral: { glyph: '–', colour: '#47505c', tint: '#eef1f4' },
  absent: { glyph: '○', colour: '#7a4b00', tint: '#fdf3dc' },
  vacant: { glyph: '∅', colour: '#47505c', tint: '#f1f1f4' },
  cannot_vote: { glyph: '◇', colour: '#2f4b8f', tint: '#e9eefa' },
  not_serving: { glyph: '△', colour: '#5b3f8c', tint: '#f1ecfa' },
}
