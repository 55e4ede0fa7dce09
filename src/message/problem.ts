// A problem: something a check found in a template, a manifest or a message, told where it stands and what to do.

type Severity = 'error' | 'warning' | 'notice'

export interface Problem {
  /** Errors stop a launch; warnings need a look; notices inform. */
  severity: Severity
  /** Stable, snake_case: `unknown_field`. */
  code: string
  /** A sentence that echoes the offending value. */
  message: string
  hint?: string
  /** Path inside the template folder. */
  file?: string
  /** 1-based. */
  line?: number
  /** 1-based, in UTF-16 units. */
  column?: number
}

/** Returns the member of `known` closest to `word`, or null when none is close enough to be a slip. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  const limit = Math.max(1, Math.floor(word.length / 3))
  const ranked = known
    .map((each) => ({ each, distance: editDistance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.each ?? null
}

/** Returns how many letters to change, add, drop or swap with their neighbour to get from one short word to another. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Infinity
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
