// Contrast of every visible piece of text against what lies behind it, as the inline styles draw it.
import type { DefaultTreeAdapterTypes } from 'parse5'
import { parseColour } from '../colour.ts'
import { blend, contrast, type Colour } from '../contrast.ts'
import type { Problem } from '../problem.ts'
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
const HEADING_EM: Readonly<Record<string, number>> = { h1: 2, h2: 1.5, h3: 1.17, h4: 1, h5: 0.83, h6: 0.67 }
const BOLD_TAGS = new Set(['b', 'strong', 'th', ...Object.keys(HEADING_EM)])

/** Returns text below WCAG 2.2 AA: 4.5:1, or 3:1 from 24 px, or from 18.66 px when bold. One problem a colour pair. */
export function lintContrast({ document }: Page): Problem[] {
  const worst = new Map<string, Finding>()
  for (const finding of findings(document, PAPER)) {
    const pair = `${hex(finding.ink.colour)} on ${hex(finding.ink.ground)}`
    if (!worst.has(pair)) worst.set(pair, finding)
  }
  return [...worst].map(([pair, { ratio, needed, text }]) => ({
    severity: 'warning',
    code: 'contrast_low',
    message: `${JSON.stringify(text)} is ${pair}: ${ratio.toFixed(1)}:1, below ${needed}:1`,
    hint: 'darken the text or lighten what lies behind it',
  }))
}

function* findings(node: ParseNode, ink: Ink): Generator<Finding> {
  if (node.nodeName === '#text' && 'value' in node) yield* judge(node.value, ink)
  if (!('childNodes' in node)) return
  if (isElement(node) && isHidden(node)) return
  const own = isElement(node) ? inkOf(node, ink) : ink
  for (const child of node.childNodes) yield* findings(child, own)
}

function* judge(value: string, ink: Ink): Generator<Finding> {
  const text = value.trim().slice(0, 60)
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(text)) return
  const isLarge = ink.sizePx >= 24 || (ink.isBold && ink.sizePx >= 18.66)
  const needed = isLarge ? 3 : 4.5
  const ratio = contrast(blend(ink.colour, ink.ground), ink.ground)
  if (ratio < needed) yield { ratio, needed, ink, text }
}

function inkOf(element: ParseElement, above: Ink): Ink {
  const style = declarations(attribute(element, 'style') ?? '')
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
