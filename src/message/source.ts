// Template source as parts that remember where they came from, so that every problem has file, line and column.
import type { Problem } from './problem.ts'

/** A run of literal text, or one Handlebars tag from its braces to its braces. */
export interface Part {
  kind: 'text' | 'tag'
  text: string
  file: string
  /** Offset of `text` in the file; synthetic text has the offset of what made it. */
  at: number
  /** False for text the engine made, whose inner offsets mean nothing in the file. */
  verbatim: boolean
}

/** The files of a template folder by path. */
export type Files = Readonly<Record<string, string>>

/** Returns the parts of one file, and what no template may contain. */
export function splitTags(text: string, file: string): { parts: Part[]; problems: Problem[] } {
  const parts: Part[] = []
  const problems: Problem[] = []
  const files = { [file]: text }
  const refuse = (at: number, code: string, message: string, hint: string) =>
    problems.push({ severity: 'error', code, message, hint, ...placeIn(files, file, at) })
  let position = 0
  for (;;) {
    const open = text.indexOf('{{', position)
    const end = open < 0 ? text.length : open
    if (end > position)
      parts.push({ kind: 'text', text: text.slice(position, end), file, at: position, verbatim: true })
    if (open < 0) return { parts, problems }
    if (text[open - 1] === '\\') {
      refuse(
        open - 1,
        'escaped_braces',
        'a backslash before {{ is not allowed',
        'write &#123;&#123; for braces in HTML',
      )
    }
    const close = tagEnd(text, open)
    const tag = text.slice(open, close)
    if (close <= open) {
      refuse(open, 'unclosed_tag', `"${text.slice(open, open + 20)}" is never closed`, 'close it with }}')
      return { parts, problems }
    }
    if (/^\{\{~?[{&]/.test(tag)) {
      refuse(open, 'unescaped_output', `${tag} would print its value unescaped`, 'write it with two braces and no &')
    }
    if (!/^\{\{~?!/.test(tag)) parts.push({ kind: 'tag', text: tag, file, at: open, verbatim: true })
    position = close
  }
}

/** Returns the offset after the tag that opens at `open`, or -1 when it does not end. Braces in strings do not count. */
function tagEnd(text: string, open: number): number {
  const comment = /^\{\{~?!--/.exec(text.slice(open, open + 6))
  if (comment) {
    const end = /--~?\}\}/g
    end.lastIndex = open + comment[0].length
    const found = end.exec(text)
    return found ? found.index + found[0].length : -1
  }
  const note = /^\{\{~?!/.test(text.slice(open, open + 4))
  let quote = ''
  for (let i = open + 2; i < text.length; i++) {
    const letter = text[i] ?? ''
    if (quote) quote = letter === quote ? '' : quote
    else if (!note && (letter === '"' || letter === "'")) quote = letter
    else if (text.startsWith('}}', i)) return text.startsWith('}}}', i) ? i + 3 : i + 2
  }
  return -1
}

/** Returns the text of all parts, as the parser reads it. */
export function textOf(parts: readonly Part[]): string {
  return parts.map((part) => part.text).join('')
}

/** Returns the place in the template folder of an offset into `textOf(parts)`. */
export function placeOf(
  files: Files,
  parts: readonly Part[],
  offset: number,
): Pick<Problem, 'file' | 'line' | 'column'> {
  let start = 0
  for (const part of parts) {
    if (offset < start + part.text.length) {
      return placeIn(files, part.file, part.at + (part.verbatim ? offset - start : 0))
    }
    start += part.text.length
  }
  const last = parts.at(-1)
  return last ? placeIn(files, last.file, last.at) : {}
}

/** Returns file, line and column of an offset into one file. */
export function placeIn(files: Files, file: string, offset: number): { file: string; line: number; column: number } {
  const before = (files[file] ?? '').slice(0, offset)
  const line = before.split('\n').length
  return { file, line, column: offset - before.lastIndexOf('\n') }
}

/** Returns where each line of `text` starts. */
export function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
