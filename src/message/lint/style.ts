// CSS declarations, of a style attribute or of a rule, as property and value pairs.

export interface Declaration {
  /** In lower case. */
  property: string
  value: string
  isImportant: boolean
}

const CLOSERS: Readonly<Record<string, string>> = { '"': '"', "'": "'", '(': ')' }
const IMPORTANT = /!\s*important\s*$/i

/** Returns the declarations of a style attribute by property; the last one of a property wins, as in CSS. */
export function declarations(style: string): ReadonlyMap<string, string> {
  return new Map(readDeclarations(style).map(({ property, value }) => [property, value]))
}

/** Returns the declarations in order; what has no colon is left out. */
export function readDeclarations(style: string): Declaration[] {
  return pieces(style).flatMap((piece): Declaration[] => {
    const colon = piece.indexOf(':')
    if (colon < 1) return []
    const value = piece.slice(colon + 1)
    return [
      {
        property: piece.slice(0, colon).trim().toLowerCase(),
        value: value.replace(IMPORTANT, '').trim(),
        isImportant: IMPORTANT.test(value),
      },
    ]
  })
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
