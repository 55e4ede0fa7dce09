// Contrast of every visible piece of text against what lies behind it, by day and in dark mode.
import type { DefaultTreeAdapterTypes } from 'parse5'
import { parseColour } from '../colour.ts'
import { blend, contrast, type Colour } from '../contrast.ts'
import type { Problem } from '../problem.ts'
import { darkRules, darkStyle } from './dark-rules.ts'
import { attribute, isElement, isHidden, type Page, type ParseElement } from './page.ts'
import { declarations } from './style.ts'

type ParseNode = DefaultTreeAdapterTypes.Node

/** What an element hands down to the text in it. */
interface Ink {
  colour: Colour
  /** Opaque: what lies behind, all layers blended. */
  ground: Colour
  sizePx: number
  isBold: boolean
}

interface Finding {
  ratio: number
  needed: number
  ink: Ink
  text: string
}

const BLACK: Colour = { red: 0, green: 0, blue: 0, alpha: 1 }
const WHITE: Colour = { red: 255, green: 255, blue: 255, alpha: 1 }
const LINK: Colour = { red: 0, green: 0, blue: 238, alpha: 1 } // browsers' own
const PAPER: Ink = { colour: BLACK, ground: WHITE, sizePx: 16, isBold: false }
// What browsers draw a page on that says color-scheme: dark.
const NIGHT: Ink = { ...PAPER, colour: WHITE, ground: { red: 18, green: 18, blue: 18, alpha: 1 } }
const HEADING_EM: Readonly<Record<string, number>> = { h1: 2, h2: 1.5, h3: 1.17, h4: 1, h5: 0.83, h6: 0.67 }
const BOLD_TAGS = new Set(['b', 'strong', 'th', ...Object.keys(HEADING_EM)])

/** How the page is drawn: the sheet it lies on and the styles of each element. */
interface Mode {
  name: string
  code: string
  paper: Ink
  styleOf: (element: ParseElement) => ReadonlyMap<string, string>
}

/**
 * Returns text below WCAG 2.2 AA: 4.5:1, or 3:1 from 24 px, or from 18.66 px when bold. One problem a colour pair.
 * By day the inline styles count; where a style sheet has rules for dark mode, the page is judged with them as well.
 */
export function lintContrast(page: Page): Problem[] {
  const day: Mode = { name: '', code: 'contrast_low', paper: PAPER, styleOf: inlineStyle }
  const rules = darkRules(page)
  if (rules.length === 0) return lintMode(page, day)
  const styleOf = (element: ParseElement) => darkStyle(element, inlineStyle(element), rules)
  const night: Mode = { name: ' in dark mode', code: 'contrast_low_dark', paper: NIGHT, styleOf }
  return [...lintMode(page, day), ...lintMode(page, night)]
}

function inlineStyle(element: ParseElement): ReadonlyMap<string, string> {
  return declarations(attribute(element, 'style') ?? '')
}

function lintMode({ document }: Page, mode: Mode): Problem[] {
  const first = new Map<string, Finding>()
  for (const finding of findings(document, mode.paper, mode)) {
    const pair = `${hex(finding.ink.colour)} on ${hex(finding.ink.ground)}`
    if (!first.has(pair)) first.set(pair, finding)
  }
  return [...first].map(([pair, { ratio, needed, text }]) => ({
    severity: 'warning',
    code: mode.code,
    message: `${JSON.stringify(text)} is ${pair}${mode.name}: ${ratio.toFixed(2)}:1, below ${needed}:1`,
    hint: 'move the colour of the text and of what lies behind it further apart',
  }))
}

function* findings(node: ParseNode, ink: Ink, mode: Mode): Generator<Finding> {
  if (node.nodeName === '#text' && 'value' in node) yield* judge(node.value, ink)
  if (!('childNodes' in node)) return
  if (isElement(node) && isHidden(node)) return
  const own = isElement(node) ? inkOf(node, ink, mode.styleOf(node)) : ink
  for (const child of node.childNodes) yield* findings(child, own, mode)
}

function* judge(value: string, ink: Ink): Generator<Finding> {
  const text = value.trim().slice(0, 60)
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(text)) return
  const isLarge = ink.sizePx >= 24 || (ink.isBold && ink.sizePx >= 18.66)
  const needed = isLarge ? 3 : 4.5
  const ratio = contrast(blend(ink.colour, ink.ground), ink.ground)
  if (ratio < needed) yield { ratio, needed, ink, text }
}

function inkOf(element: ParseElement, above: Ink, style: ReadonlyMap<string, string>): Ink {
  const tag = element.tagName
  const weight = style.get('font-weight')
  return {
    colour: colourOf(element, style) ?? (tag === 'a' ? LINK : above.colour),
    ground: groundOf(element, style, above.ground),
    sizePx: sizeOf(style.get('font-size'), above.sizePx) ?? above.sizePx * (HEADING_EM[tag] ?? 1),
    isBold: weight === undefined ? above.isBold || BOLD_TAGS.has(tag) : /^(?:bold(?:er)?|[6-9]00)$/.test(weight),
  }
}

function colourOf(element: ParseElement, style: ReadonlyMap<string, string>): Colour | null {
  return parseColour(style.get('color') ?? (element.tagName === 'font' ? (attribute(element, 'color') ?? '') : ''))
}

function groundOf(element: ParseElement, style: ReadonlyMap<string, string>, below: Colour): Colour {
  const shorthand = (style.get('background') ?? '').split(/\s+(?![^(]*\))/).find((token) => parseColour(token) !== null)
  const layer = style.get('background-color') ?? shorthand ?? attribute(element, 'bgcolor') ?? ''
  const colour = parseColour(layer)
  return colour === null ? below : blend(colour, below)
}

function sizeOf(value: string | undefined, above: number): number | null {
  const parts = /^([\d.]+)(px|pt|em|rem|%)$/.exec(value ?? '')
  if (parts === null) return null
  const unit = { px: 1, pt: 4 / 3, em: above, rem: 16, '%': above / 100 }[parts[2] ?? ''] ?? 1
  return Number(parts[1]) * unit
}

function hex({ red, green, blue }: Colour): string {
  return `#${[red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
}
