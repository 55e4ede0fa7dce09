// The difference of two texts, line by line, with a few lines around each change.

export interface DiffLine {
  kind: 'same' | 'added' | 'removed' | 'skipped'
  text: string
}

/** Beyond so many lines that differ at once, the whole block counts as replaced. */
const MOST = 1500
const AROUND = 2

/** Returns the lines of `after`, with those of `before` that are gone; long unchanged parts are skipped. Empty when nothing differs. */
export function lineDiff(before: string, after: string): DiffLine[] {
  if (before === after) return []
  const [a, b] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  const same = (text: string): DiffLine => ({ kind: 'same', text })
  return shorten([
    ...a.slice(0, start).map(same),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(same),
  ])
}

/** The longest common subsequence decides what stayed. */
function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: 'removed', text })
  const added = (text: string): DiffLine => ({ kind: 'added', text })
  if (a.length > MOST || b.length > MOST) return [...a.map(removed), ...b.map(added)]
  const width = b.length + 1
  const longest = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number) => longest[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' })
      i += 1
      j += 1
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(a[i] ?? ''))
      i += 1
    } else {
      lines.push(added(b[j] ?? ''))
      j += 1
    }
  }
  return lines
}

function shorten(lines: readonly DiffLine[]): DiffLine[] {
  const isNear = (index: number) => lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(isChange)
  const out: DiffLine[] = []
  for (const [index, line] of lines.entries()) {
    if (isNear(index)) out.push(line)
    else if (out.at(-1)?.kind !== 'skipped') out.push({ kind: 'skipped', text: '' })
  }
  return out
}

function isChange({ kind }: DiffLine): boolean {
  return kind === 'added' || kind === 'removed'
}
