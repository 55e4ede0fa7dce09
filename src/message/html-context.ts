// Where each tag stands in the HTML, by a real HTML parser: values only in text and quoted attributes (threats T2, T3).
import { parse, type DefaultTreeAdapterTypes } from 'parse5'
import { isUrlOutput, roleOf, tokensIn, type Tokenised } from './tokens.ts'

type Element = DefaultTreeAdapterTypes.Element
type ParentNode = DefaultTreeAdapterTypes.ParentNode
type ChildNode = DefaultTreeAdapterTypes.ChildNode

/** A refused place of one tag, by its number. */
export interface Misplaced {
  token: number
  code: string
  message: string
  hint: string
}

const URL_ATTRIBUTES = new Set(
  'href src action formaction background cite data poster ping srcset xlink:href longdesc usemap manifest codebase icon profile classid archive'.split(
    ' ',
  ),
)
const VALUE_ATTRIBUTES = new Set(['alt', 'title', 'lang', 'class', 'id', 'summary', 'abbr'])
// Elements whose content is not parsed as HTML, or that run, fetch or embed: the rules here would not hold inside them.
const FORBIDDEN = new Set(
  'script iframe noscript textarea xmp plaintext noembed noframes svg math template object embed applet base form frame frameset link'.split(
    ' ',
  ),
)

interface Walk {
  html: string
  tokenised: Tokenised
  seen: Set<number>
  misplaced: Misplaced[]
  forbidden: Set<string>
}

/** Returns the tags that stand where no value or block may, and the elements no template may hold. */
export function checkContexts(html: string, tokenised: Tokenised): { misplaced: Misplaced[]; forbidden: string[] } {
  const walk: Walk = { html, tokenised, seen: new Set(), misplaced: [], forbidden: new Set() }
  visitChildren(walk, parse(html, { sourceCodeLocationInfo: true }))
  for (const token of tokensIn(html, tokenised)) {
    if (walk.seen.has(token)) continue
    misplace(walk, token, 'bad_context', 'stands inside a tag', 'put it into text or a quoted attribute value')
  }
  return { misplaced: walk.misplaced, forbidden: [...walk.forbidden] }
}

function misplace(walk: Walk, token: number, code: string, what: string, hint: string): void {
  walk.seen.add(token)
  const tag = walk.tokenised.tokens[token]?.part.text ?? ''
  walk.misplaced.push({ token, code, message: `${tag} ${what}`, hint })
}

function visitChildren(walk: Walk, parent: ParentNode): void {
  for (const child of parent.childNodes) visit(walk, child, parent)
}

function visit(walk: Walk, node: ChildNode, parent: ParentNode): void {
  if (node.nodeName === '#text' && 'value' in node) visitText(walk, node.value, parent.nodeName)
  else if (node.nodeName === '#comment' && 'data' in node) visitComment(walk, node.data)
  else if ('tagName' in node) {
    if (FORBIDDEN.has(node.tagName)) walk.forbidden.add(node.tagName)
    for (const attribute of node.attrs) visitAttribute(walk, node, attribute)
    visitChildren(walk, node)
  }
}

function visitText(walk: Walk, text: string, parent: string): void {
  for (const token of tokensIn(text, walk.tokenised)) {
    if (parent === 'style' || FORBIDDEN.has(parent)) {
      misplace(walk, token, 'bad_context', `stands in <${parent}>`, 'choose with {{#if}} around whole elements instead')
    } else walk.seen.add(token)
  }
}

function visitComment(walk: Walk, text: string): void {
  for (const token of tokensIn(text, walk.tokenised)) {
    misplace(
      walk,
      token,
      'bad_context',
      'stands in a comment',
      'MJML copies css-class and sizes into Outlook comments; use plain values there',
    )
  }
}

function visitAttribute(walk: Walk, element: Element, attribute: Element['attrs'][number]): void {
  const name = attribute.prefix ? `${attribute.prefix}:${attribute.name}` : attribute.name
  const tokens = tokensIn(attribute.value, walk.tokenised)
  if (tokens.length === 0) return
  const refusal = attributeRefusal(walk, element, name, attribute.value, tokens)
  for (const token of tokens) {
    if (refusal) misplace(walk, token, ...refusal)
    else walk.seen.add(token)
  }
}

function attributeRefusal(
  walk: Walk,
  element: Element,
  name: string,
  value: string,
  tokens: readonly number[],
): [code: string, what: string, hint: string] | null {
  const tags = tokens.map((token) => walk.tokenised.tokens[token]?.part.text ?? '')
  if (!isQuoted(walk, element, name)) {
    return ['unquoted_attribute', `stands in ${name}=… without quotes`, `write ${name}="…"`]
  }
  if (URL_ATTRIBUTES.has(name)) {
    const whole = value.trim() === walk.tokenised.tokens[tokens[0] ?? -1]?.word && tags.every(isUrlOutput)
    return whole
      ? null
      : ['url_attribute', `stands in ${name}, which takes one whole link`, `write ${name}="{{url field}}"`]
  }
  if (!VALUE_ATTRIBUTES.has(name) && !name.startsWith('aria-')) {
    return [
      'bad_context',
      `stands in the attribute ${name}`,
      'values may stand in alt, title, lang, class, id and aria-*',
    ]
  }
  return isBalanced(tags)
    ? null
    : ['bad_context', `opens or closes a block inside ${name}`, 'keep the whole block in the attribute']
}

function isQuoted(walk: Walk, element: Element, name: string): boolean {
  const location = element.sourceCodeLocation?.attrs?.[name]
  if (!location) return false
  return /^[^=]+=\s*["']/.test(walk.html.slice(location.startOffset, location.endOffset))
}

/** Whether every block that opens among the tags also closes there. */
function isBalanced(tags: readonly string[]): boolean {
  let depth = 0
  for (const tag of tags) {
    const role = roleOf(tag)
    if (role === 'else' && depth === 0) return false
    if (role === 'open') depth++
    if (role === 'close') depth--
    if (depth < 0) return false
  }
  return depth === 0
}
