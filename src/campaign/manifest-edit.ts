// Changes single values of campaign.yaml and leaves every other byte, comments included, as its author wrote it.
import { Document, isMap, isNode, isScalar, parseDocument, Scalar, YAMLMap, type Pair, type Range } from 'yaml'
import { RollcallError } from '../core/errors.ts'

/** A value for the key at `path`; undefined takes the key away. */
export interface Edit {
  path: readonly (string | number)[]
  value: unknown
  /** For a long text in one line, a key of the first level: it is written in these lines, which YAML joins with spaces. */
  lines?: readonly string[]
}

const SYNTAX = { version: '1.2', schema: 'core', prettyErrors: false } as const
const OUTPUT = { lineWidth: 0, flowCollectionPadding: true } as const

/**
 * Returns the text with the edits in it. Sections (keys of the first level) that no edit touches stay to the byte.
 * Throws `manifest_syntax` for a text that is no YAML; whether its values make sense is not asked here.
 */
export function editManifest(text: string, edits: readonly Edit[]): string {
  const document = parseDocument(text, SYNTAX)
  if (document.errors.length > 0 || !isMap(document.contents)) throw unreadable(document.errors[0]?.message)
  const sections = sectionsOf(text, document.contents)
  for (const edit of edits) apply(document, edit)
  const wanted: unknown = document.toJS()
  const changed = new Map(edits.map(({ path, lines }) => [String(path[0]), lines]))
  const spliced = splice(text, sections, document.contents, changed)
  return isSame(spliced, wanted) ? spliced : document.toString(OUTPUT)
}

function unreadable(message = 'it is no list of keys and values'): RollcallError {
  return new RollcallError('manifest_syntax', `campaign.yaml cannot be read: ${message}`, {
    hint: 'mend it as text first',
    kind: 'usage',
  })
}

function apply(document: Document.Parsed, { path, value }: Edit): void {
  if (value === undefined) {
    document.deleteIn(path)
    return
  }
  const kept: unknown = document.getIn(path, true)
  if (typeof value === 'string' && (!isScalar(kept) || value.includes('\n'))) {
    const scalar = new Scalar(value)
    if (value.includes('\n')) scalar.type = Scalar.BLOCK_LITERAL
    document.setIn(path, scalar)
    return
  }
  if (isScalar(kept) && typeof value !== 'object') {
    kept.value = value
    delete kept.source
    // What was long enough to be folded may be one line now.
    if (kept.type === Scalar.BLOCK_FOLDED || kept.type === Scalar.BLOCK_LITERAL) delete kept.type
    return
  }
  const node = document.createNode(value)
  if (isMap(kept) && isMap(node)) node.flow = kept.flow ?? false
  document.setIn(path, node)
}

interface Section {
  /** From the first letter of the key to the end of the value, the comment behind it left out. */
  start: number
  end: number
  /** Where the next line begins that is not of this section. */
  after: number
}

function sectionsOf(text: string, contents: YAMLMap): Map<string, Section> {
  const sections = new Map<string, Section>()
  for (const pair of contents.items) {
    const key = isScalar(pair.key) ? pair.key : null
    const range = valueRange(pair)
    if (key?.range && range) {
      const lineEnd = text.indexOf('\n', Math.max(range[1] - 1, 0))
      const after = text[range[1] - 1] === '\n' ? range[1] : lineEnd < 0 ? text.length : lineEnd + 1
      sections.set(String(key.value), { start: key.range[0], end: range[1], after })
    }
  }
  return sections
}

function valueRange(pair: Pair): Range | null {
  return isNode(pair.value) ? (pair.value.range ?? null) : null
}

/** Keys of the first level that changed, with the lines to write them in, if they have such. */
type Changed = ReadonlyMap<string, readonly string[] | undefined>

/** Puts the changed sections in the place of the old ones, from the end to the start, so that offsets stay true. */
function splice(text: string, sections: Map<string, Section>, contents: YAMLMap, changed: Changed): string {
  let out = text
  const known = [...sections].filter(([key]) => changed.has(key)).sort(([, a], [, b]) => b.start - a.start)
  for (const [key, { start, end, after }] of known) {
    const pair = pairOf(contents, key)
    if (!pair) out = out.slice(0, start).replace(/\n\n+$/, '\n') + out.slice(after)
    else {
      const lineEnd = text.slice(start, end).endsWith('\n') ? '\n' : ''
      out = out.slice(0, start) + printed(pair, changed.get(key)) + lineEnd + out.slice(end)
    }
  }
  for (const [key, lines] of changed) {
    const pair = sections.has(key) ? undefined : pairOf(contents, key)
    if (pair) out = `${out.replace(/\n*$/, '\n')}\n${printed(pair, lines)}\n`
  }
  return out
}

function pairOf(contents: YAMLMap, key: string): Pair | undefined {
  return contents.items.find(({ key: name }) => (isScalar(name) ? name.value : name) === key)
}

/** Returns one section as text; the comment above it and the one behind it are in the text around it. */
function printed(pair: Pair, lines: readonly string[] | undefined): string {
  if (lines !== undefined) {
    const name = String(isScalar(pair.key) ? pair.key.value : pair.key)
    return [`${name}: >-`, ...lines.map((line) => `  ${line}`)].join('\n')
  }
  const document = new Document()
  const map = new YAMLMap()
  const key = new Scalar(isScalar(pair.key) ? pair.key.value : pair.key)
  if (isScalar(pair.value)) delete pair.value.comment
  map.add({ key, value: pair.value })
  document.contents = map
  return document.toString(OUTPUT).replace(/\n+$/, '')
}

function isSame(text: string, wanted: unknown): boolean {
  const document = parseDocument(text, SYNTAX)
  return document.errors.length === 0 && JSON.stringify(document.toJS()) === JSON.stringify(wanted)
}

/** Returns the text under a key of the first level, '' when there is none. Only its own lines are parsed: lists have many of them. */
export function manifestText(text: string, key: string): string {
  const start = text.search(new RegExp(`^${key}:`, 'm'))
  if (start < 0) return ''
  const rest = text.slice(start)
  const end = rest.search(/\n[^\s#]/)
  const value: unknown = parseDocument(end < 0 ? rest : rest.slice(0, end + 1), SYNTAX).get(key)
  return typeof value === 'string' ? value : ''
}
