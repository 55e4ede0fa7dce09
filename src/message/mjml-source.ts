// MJML before it is converted: what strict validation lets through although it would vanish or surprise.
import type { Part } from './source.ts'

/** Components whose content is HTML and kept as it is. */
const HTML_INSIDE = new Set(
  'mj-text mj-button mj-raw mj-table mj-style mj-title mj-preview mj-breakpoint mj-social-element mj-navbar-link mj-accordion-title mj-accordion-text mj-carousel-image'.split(
    ' ',
  ),
)
const TAG = /<!--[\s\S]*?(?:-->|$)|<(\/?)([A-Za-z][\w-]*)(?:"[^"]*"|'[^']*'|[^'">])*>/g

/** Something refused, with its offset in the text. */
export interface Stray {
  at: number
  code: string
  message: string
  hint: string
}

/**
 * Returns the text that stands between components: MJML drops it without an error even under strict validation,
 * so a condition written there would vanish and its content go to everybody. Also reports includes.
 */
export function findStrays(mjml: string): Stray[] {
  const strays: Stray[] = []
  let inside: string | null = null
  let position = 0
  for (const match of mjml.matchAll(TAG)) {
    const [tag, slash, name] = match
    if (inside !== null && !(slash && name === inside)) continue
    if (inside === null) strays.push(...strayText(mjml, position, match.index))
    position = match.index + tag.length
    inside = inside === null && name && !slash && HTML_INSIDE.has(name) && !tag.endsWith('/>') ? name : null
    if (name === 'mj-include') {
      strays.push({
        at: match.index,
        code: 'mj_include',
        message: 'mj-include is not allowed',
        hint: 'use a partial: {{> name}}',
      })
    }
  }
  return inside === null ? [...strays, ...strayText(mjml, position, mjml.length)] : strays
}

function strayText(mjml: string, from: number, to: number): Stray[] {
  const text = mjml.slice(from, to)
  if (text.trim() === '') return []
  const at = from + text.length - text.trimStart().length
  const hint = 'put words into <mj-text> and blocks into <mj-raw>{{#if …}}</mj-raw>'
  return [{ at, code: 'between_components', message: 'this stands between components, where MJML drops it', hint }]
}

/** Returns the parts with `insertion` after the first place `after` matches in literal text, or null when it does not. */
export function insertAfter(parts: readonly Part[], after: RegExp, insertion: readonly Part[]): Part[] | null {
  const index = parts.findIndex((part) => part.kind === 'text' && after.test(part.text))
  const part = parts[index]
  const match = part && after.exec(part.text)
  if (!part || !match) return null
  const cut = match.index + match[0].length
  const head = { ...part, text: part.text.slice(0, cut) }
  const tail = { ...part, text: part.text.slice(cut), at: part.at + (part.verbatim ? cut : 0) }
  return [...parts.slice(0, index), head, ...insertion, tail, ...parts.slice(index + 1)]
}
