// How the rounds are shown: a line for each as it ends, a table at the end.
import type { Played } from './play.ts'

/** A round with its number and how it was drawn. */
export interface Line extends Played {
  round: number
}

const COLUMNS: readonly (readonly [title: string, width: number, read: (line: Line) => string | number])[] = [
  ['round', 5, (line) => line.round],
  ['scenario', -24, (line) => line.scenario],
  ['messages', 8, (line) => line.messages],
  ['kills', 5, (line) => line.kills],
  ['open', 5, (line) => line.open],
  ['at sink', 7, (line) => line.openAtSink],
  ['in doubt', 8, (line) => line.inDoubt],
  ['missing', 7, (line) => line.missing],
  ['doubled', 7, (line) => line.doubled],
  ['bytes', 5, (line) => line.wrongHash],
  ['seconds', 7, (line) => line.seconds.toFixed(1)],
  ['verdict', -7, (line) => (line.violations.length === 0 ? 'good' : 'BROKEN')],
  ['drawn', -1, (line) => line.detail],
]

/** Returns the titles over the lines. */
export function titles(): string {
  return joined(COLUMNS.map(([title, width]) => padded(title, width)))
}

/** Returns a round as one line, and its broken promises under it. */
export function lineOf(line: Line): string {
  const text = joined(COLUMNS.map(([, width, read]) => padded(String(read(line)), width)))
  return [text, ...line.violations.map((violation) => `      ! ${violation}`)].join('\n')
}

/** Returns all rounds by scenario with their sums, and the verdict over all. */
export function summary(lines: readonly Line[]): string {
  const broken = lines.filter((line) => line.violations.length > 0)
  const sum = (read: (line: Line) => number): number => lines.reduce((all, line) => all + read(line), 0)
  return [
    `${lines.length} rounds, ${sum((line) => line.messages)} deliveries, ${sum((line) => line.kills)} kills in ${Math.round(sum((line) => line.seconds))} s:`,
    `  ${sum((line) => line.missing)} missing, ${sum((line) => line.doubled)} doubled against the policy, ${sum((line) => line.wrongHash)} with other bytes,`,
    `  ${sum((line) => line.inDoubt)} in doubt; the killed workers left ${sum((line) => line.open)} deliveries open, ${sum((line) => line.openAtSink)} of them in an SMTP transaction.`,
    broken.length === 0
      ? 'Every promise held.'
      : `BROKEN in ${broken.map((line) => `round ${line.round} (${line.scenario})`).join(', ')}.`,
  ].join('\n')
}

function joined(cells: readonly string[]): string {
  return cells.join('  ').trimEnd()
}

/** A negative width fills up on the right. */
function padded(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width)
}
