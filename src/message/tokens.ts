// Tags as opaque words, so that MJML and the HTML parser can carry them without understanding them.
import { createHash } from 'node:crypto'
import { textOf, type Part } from './source.ts'

/** A tag under way: the word that stands for it, and where it came from. */
interface Token {
  word: string
  part: Part
  /** Offset of the tag in the text of all parts. */
  at: number
}

export interface Tokenised {
  text: string
  tokens: readonly Token[]
  /** The parts with words for tags, so that an offset in `text` still has a place. */
  parts: readonly Part[]
  pattern: RegExp
}

/** Returns the text with a word of letters and digits for each tag; the words occur nowhere else in it. */
export function tokenise(parts: readonly Part[]): Tokenised {
  const source = textOf(parts)
  const salt = saltFor(source)
  const tokens: Token[] = []
  let at = 0
  const carried = parts.map((part) => {
    const offset = at
    at += part.text.length
    if (part.kind === 'text') return part
    const word = `${salt}${tokens.length}z`
    tokens.push({ word, part, at: offset })
    return { ...part, text: word, verbatim: false }
  })
  return { text: textOf(carried), tokens, parts: carried, pattern: new RegExp(`${salt}(\\d+)z`, 'g') }
}

/** A word start that the source does not contain, the same for the same source. */
function saltFor(source: string): string {
  for (let round = 0; ; round++) {
    const hash = createHash('sha256').update(`${round}|${source}`).digest('hex')
    const salt = `q${hash.slice(0, 6)}x`
    if (!source.includes(salt)) return salt
  }
}

/** Returns the numbers of the tokens in a text, in order. */
export function tokensIn(text: string, { pattern }: Tokenised): number[] {
  return [...text.matchAll(pattern)].map((match) => Number(match[1]))
}

/** Returns the text with every word turned back into its tag. */
export function restoreTags(text: string, { pattern, tokens }: Tokenised): string {
  return text.replace(pattern, (_, index: string) => tokens[Number(index)]?.part.text ?? '')
}

/** What a tag does: opens, turns or closes a block, or prints. */
export function roleOf(tag: string): 'open' | 'else' | 'close' | 'output' {
  const head = tag.replace(/^\{\{~?\s*/, '')
  if (head.startsWith('#')) return 'open'
  if (head.startsWith('/')) return 'close'
  return head.startsWith('^') || /^else\b/.test(head) ? 'else' : 'output'
}

/** Whether a tag prints through the url helper. */
export function isUrlOutput(tag: string): boolean {
  return /^\{\{~?\s*url\s/.test(tag)
}
