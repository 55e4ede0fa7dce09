// Subject and preheader: short, calm and honest; the text part: readable in a terminal.
import type { Problem } from '../problem.ts'

const MAX_SUBJECT = 60
const MAX_PREHEADER = 90
const MAX_COLUMNS = 78

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Returns what is wrong with the two lines an inbox shows; lengths in characters as people count them. */
export function lintInboxLines(subject: string, preheader: string): Problem[] {
  return [
    ...empty(subject, 'subject', 'error'),
    ...empty(preheader, 'preheader', 'warning'),
    ...tooLong(subject, 'subject', MAX_SUBJECT),
    ...tooLong(preheader, 'preheader', MAX_PREHEADER),
    ...pretence(subject),
    ...shouting(subject, 'subject'),
    ...shouting(preheader, 'preheader'),
  ]
}

function empty(text: string, name: string, severity: 'error' | 'warning'): Problem[] {
  if (text.trim() !== '') return []
  return [{ severity, code: `${name}_empty`, message: `the ${name} is empty`, hint: 'write one line' }]
}

function tooLong(text: string, name: string, most: number): Problem[] {
  const length = [...GRAPHEMES.segment(text)].length
  if (length <= most) return []
  const message = `the ${name} has ${length} characters, inboxes show about ${most}: ${JSON.stringify(text)}`
  return [{ severity: 'warning', code: `${name}_long`, message, hint: 'put what matters first, or shorten it' }]
}

/** A subject may not pretend to be an answer (15 USC 7704(a)(2)). */
function pretence(subject: string): Problem[] {
  const prefix = /^\s*(?:re|fwd?|aw|sv|antw)\s*(?:\[\d+\])?\s*:/i.exec(subject)?.[0]
  if (prefix === undefined) return []
  const message = `the subject begins with "${prefix.trim()}" although it answers nothing`
  return [{ severity: 'error', code: 'subject_false_reply', message, hint: 'begin with what happened' }]
}

function shouting(text: string, name: string): Problem[] {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0
  const isLoud = (letters >= 8 && capitals / letters > 0.5) || /[!?]{2,}/.test(text)
  if (!isLoud) return []
  const message = `the ${name} shouts: ${JSON.stringify(text)}`
  return [
    { severity: 'warning', code: `${name}_shouts`, message, hint: 'capitals for names only, one mark at the end' },
  ]
}

/** Returns what hurts reading the text part: nothing there, or long lines that are not one link. */
export function lintText(text: string): Problem[] {
  if (text.trim() === '') {
    return [{ severity: 'error', code: 'text_empty', message: 'the text part is empty', hint: 'write body.txt.hbs' }]
  }
  return longLines(text)
}

function longLines(text: string): Problem[] {
  const lines = text.split('\n').map((line, at) => ({ line: line.trimEnd(), number: at + 1 }))
  const long = lines.filter(({ line }) => columns(line) > MAX_COLUMNS && /\s/.test(line.trim()))
  const [first] = long
  if (first === undefined) return []
  const message = `${long.length} lines of the text part are over ${MAX_COLUMNS} columns, first line ${first.number}`
  return [{ severity: 'notice', code: 'text_line_long', message, hint: 'break lines at 72; a link may stand alone' }]
}

function columns(line: string): number {
  return [...GRAPHEMES.segment(line)].length
}

/** Returns escapes and expressions that a reader would see as such in a part that is not HTML, or anywhere. */
export function lintLeftovers(copy: string, where: string, isHtml: boolean): Problem[] {
  const expression = /\{\{[^}]*\}\}?/.exec(copy)?.[0]
  const escape = isHtml ? undefined : /&(?:#x?[0-9a-f]{1,6}|amp|lt|gt|quot|apos|nbsp);/i.exec(copy)?.[0]
  return [expression, escape].flatMap((shown): Problem[] =>
    shown === undefined
      ? []
      : [
          {
            severity: 'error',
            code: 'leftover',
            message: `${where} shows ${JSON.stringify(shown)}`,
            hint: 'correct the template',
          },
        ],
  )
}
