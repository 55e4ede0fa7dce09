// XML as a small tree: no DTD is fetched, no entity is expanded, and size and depth have limits.
import { SaxesParser } from 'saxes'
import { messageOf } from '../../core/errors.ts'
import { refuse } from './refuse.ts'

export interface XmlElement {
  name: string
  attributes: Record<string, string>
  children: XmlElement[]
  /** The text directly inside, untrimmed. */
  text: string
}

const MAX_DEPTH = 20
const MAX_ELEMENTS = 20_000 // a House roll call has about 2,000

/** Returns the root element; refuses text that is not well-formed, names an undefined entity, or is too deep or too large. */
export function readXml(text: string): XmlElement {
  const parser = new SaxesParser({ position: true })
  const top: XmlElement = { name: '', attributes: {}, children: [], text: '' }
  const open = [top]
  let elements = 0
  parser.on('error', (error) => refuse(`the XML is broken: ${messageOf(error)}`))
  parser.on('opentag', (tag) => {
    elements += 1
    if (elements > MAX_ELEMENTS) refuse(`the XML has more than ${MAX_ELEMENTS} elements`)
    if (open.length > MAX_DEPTH) refuse(`the XML is nested more than ${MAX_DEPTH} deep at <${tag.name}>`)
    const element = {
      name: tag.name,
      attributes: { ...tag.attributes } as Record<string, string>,
      children: [],
      text: '',
    }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  const addText = (piece: string): void => {
    const element = open.at(-1)
    if (element) element.text += piece
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => void open.pop())
  parser.write(text).close()
  return top.children[0] ?? refuse('the XML has no element')
}

/** Returns the first child element of that name, or null. */
export function childOf(element: XmlElement, name: string): XmlElement | null {
  return element.children.find((child) => child.name === name) ?? null
}

/** Returns the child elements of that name. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name)
}

/** Returns the trimmed text of a child; '' when it is missing or empty. */
export function textOf(element: XmlElement, name: string): string {
  return childOf(element, name)?.text.trim() ?? ''
}

/** Returns the trimmed text of a child; refuses the file when it is missing or empty. */
export function needText(element: XmlElement, name: string): string {
  return textOf(element, name) || refuse(`<${element.name}> has no <${name}>`)
}

/** Returns the child element; refuses the file when it is missing. */
export function needChild(element: XmlElement, name: string): XmlElement {
  return childOf(element, name) ?? refuse(`<${element.name}> has no <${name}>`)
}
