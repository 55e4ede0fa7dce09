// The rendered HTML as a tree: its elements, their attributes and styles, and the text a reader sees.
import { parse, type DefaultTreeAdapterTypes } from 'parse5'
import { declarations } from './style.ts'

type ParseNode = DefaultTreeAdapterTypes.Node
export type ParseElement = DefaultTreeAdapterTypes.Element

/** The parsed page, made once for all rules. */
export interface Page {
  document: DefaultTreeAdapterTypes.Document
  /** Every element in document order. */
  elements: readonly ParseElement[]
  /** What a reader sees: blocks on lines of their own, white space collapsed, hidden parts left out. */
  text: string
}

/** Returns the page of `html`; a browser's parser reads anything, so this never fails. */
export function readPage(html: string): Page {
  const document = parse(html)
  const elements = [...elementsBelow(document)]
  return { document, elements, text: visibleText(document) }
}

export function isElement(node: ParseNode): node is ParseElement {
  return 'tagName' in node
}

/** Returns the attribute's value, or null when the element has none of that name. */
export function attribute(element: ParseElement, name: string): string | null {
  return element.attrs.find((each) => each.name === name)?.value ?? null
}

/** Returns whether the element itself hides what is in it, as mail hides a preheader. */
export function isHidden(element: ParseElement): boolean {
  const style = declarations(attribute(element, 'style') ?? '')
  return (
    attribute(element, 'hidden') !== null ||
    UNSEEN.has(element.tagName) ||
    style.get('display') === 'none' ||
    style.get('visibility') === 'hidden' ||
    style.get('opacity') === '0' ||
    (/^0(?:px)?$/.test(style.get('font-size') ?? '') && style.get('max-height') === '0')
  )
}

/** Returns the text inside `node` that a reader sees. */
export function visibleText(node: ParseNode): string {
  return rawText(node)
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ *\n\s*/g, '\n')
    .trim()
}

const UNSEEN = new Set(['head', 'style', 'script', 'title', 'template', 'noscript'])
const INLINE = new Set(
  'a abbr b bdi bdo big cite code em font i ins kbd mark q s samp small span strike strong sub sup u var'.split(' '),
)

function rawText(node: ParseNode): string {
  if (node.nodeName === '#text' && 'value' in node) return node.value.replace(/\s+/g, ' ')
  if (!('childNodes' in node)) return ''
  if (isElement(node) && isHidden(node)) return ''
  const inner = node.childNodes.map(rawText).join('')
  return isElement(node) && INLINE.has(node.tagName) ? inner : `\n${inner}\n`
}

function* elementsBelow(node: ParseNode): Generator<ParseElement> {
  if (!('childNodes' in node)) return
  for (const child of node.childNodes) {
    if (isElement(child)) yield child
    yield* elementsBelow(child)
  }
}
