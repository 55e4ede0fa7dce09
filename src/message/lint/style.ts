// Inline styles as property and value pairs.

const CLOSERS: Readonly<Record<string, string>> = { '"': '"', "'": "'", '(': ')' }

/** Returns the declarations of a style attribute, names in lower case; the last one of a name wins, as in CSS. */
export function declarations(style: string): ReadonlyMap<string, string> {
  const pairs = pieces(style).flatMap((piece): [string, string][] => {
    const colon = piece.indexOf(':')
    if (colon < 1) return []
    const value = piece.slice(colon + 1).replace(/!\s*important\s*$/i, '')
    return [[piece.slice(0, colon).trim().toLowerCase(), value.trim()]]
  })
  return new Map(pairs)
}

/** Splits at semicolons that stand outside quotes and brackets; one pass, whatever the input. */
function pieces(style: string): string[] {
  const ends: number[] = []
  let closer = ''
  for (let at = 0; at < style.length; at++) {
    const char = style[at] ?? ''
    if (closer !== '') closer = char === closer ? '' : closer
    else if (char === ';') ends.push(at)
    else closer = CLOSERS[char] ?? ''
  }
  return [...ends, style.length].map((end, at) => style.slice(at === 0 ? 0 : (ends[at - 1] ?? 0) + 1, end))
}
