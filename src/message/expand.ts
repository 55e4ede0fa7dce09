// Partials become part of the text that names them, before anything is parsed: static names, no recursion, no disk.
import { offsetOfKey, type Manifest } from './manifest.ts'
import { placeIn, splitTags, type Files, type Part } from './source.ts'
import type { Problem } from './problem.ts'

/** Which part of the message is being put together. */
export type Medium = 'html' | 'text'

const MAX_DEPTH = 8
const MAX_FILE = 256 * 1024
const MAX_TOTAL = 512 * 1024
const PARTIAL = /^\{\{~?>\s*([A-Za-z][A-Za-z0-9_-]*)\s*~?\}\}$/

interface Expansion {
  files: Files
  manifest: Manifest
  medium: Medium
  problems: Problem[]
  /** Characters so far, against small partials that name each other many times. */
  size: number
}

/** Returns the parts of `file` with every partial in its place; problems say what could not be. */
export function expandFile(files: Files, manifest: Manifest, file: string, medium: Medium): ExpandResult {
  const state: Expansion = { files, manifest, medium, problems: [], size: 0 }
  return { parts: expand(state, readParts(state, file), [file]), problems: state.problems }
}

/** Returns the parts of a one-line template of the manifest: the subject or the preheader. */
export function expandLine(files: Files, manifest: Manifest, key: 'subject' | 'preheader'): ExpandResult {
  const state: Expansion = { files, manifest, medium: 'text', problems: [], size: 0 }
  return { parts: expand(state, manifestParts(state, manifest[key], [key]), [key]), problems: state.problems }
}

/** Returns the parts of a line of the manifest as HTML: its words escaped. */
export function expandText(files: Files, manifest: Manifest, key: 'title' | 'preheader'): ExpandResult {
  const state: Expansion = { files, manifest, medium: 'html', problems: [], size: 0 }
  const text = key === 'title' ? manifest.title.replace(/\{(?=\{)/g, '{ ') : manifest.preheader
  return { parts: expand(state, manifestParts(state, text, [key]), [key]), problems: state.problems }
}

export interface ExpandResult {
  parts: Part[]
  problems: Problem[]
}

function expand(state: Expansion, parts: readonly Part[], trail: readonly string[]): Part[] {
  const out: Part[] = []
  const queue = [...parts]
  for (let i = 0; i < queue.length; i++) {
    const part = queue[i]
    if (!part) continue
    if (part.kind !== 'tag' || !/^\{\{~?#?>/.test(part.text)) {
      out.push(count(state, part))
      continue
    }
    const inner = partialParts(state, part, trail)
    const indent = state.medium === 'text' ? ownLine(out, queue[i + 1]) : null
    if (indent === null) out.push(...inner)
    else {
      out.push(...indented(inner, indent))
      const next = queue[i + 1]
      if (next) queue[i + 1] = withoutLineEnd(next)
    }
  }
  return out
}

function partialParts(state: Expansion, tag: Part, trail: readonly string[]): Part[] {
  const name = PARTIAL.exec(tag.text)?.[1]
  const refuse = (code: string, message: string, hint: string): Part[] => {
    state.problems.push({ severity: 'error', code, message, hint, ...placeIn(state.files, tag.file, tag.at) })
    return []
  }
  if (!name) return refuse('dynamic_partial', `${tag.text} is not a plain partial`, 'write {{> name}}, nothing else')
  if (trail.includes(name)) return refuse('partial_cycle', `partial ${name} contains itself`, 'break the circle')
  if (trail.length > MAX_DEPTH) return refuse('partial_depth', `partials nest deeper than ${MAX_DEPTH}`, 'flatten them')
  if (state.size > MAX_TOTAL)
    return refuse('template_too_big', `the template exceeds ${MAX_TOTAL} characters`, 'shorten it')
  const deeper = [...trail, name]
  if (name === 'script') return expand(state, scriptParts(state, tag), deeper)
  if (name === 'preheader') return expand(state, manifestParts(state, state.manifest.preheader, ['preheader']), deeper)
  const file = `partials/${name}.${state.medium === 'html' ? 'mjml' : 'txt.hbs'}`
  if (!Object.hasOwn(state.files, file))
    return refuse('missing_partial', `there is no ${file}`, 'add it, or correct the name')
  return expand(state, readParts(state, file), deeper)
}

function readParts(state: Expansion, file: string): Part[] {
  const text: unknown = state.files[file]
  const refuse = (code: string, message: string, hint: string): Part[] => {
    state.problems.push({ severity: 'error', code, message, hint, file })
    return []
  }
  // Whatever else a caller passes (a parsed tree, say) is never compiled (threat T1).
  if (text === undefined) return refuse('missing_file', `${file} is missing`, 'add it to the template folder')
  if (typeof text !== 'string') return refuse('not_text', `${file} is not text`, 'pass the content of the file')
  if (text.length > MAX_FILE) return refuse('template_too_big', `${file} exceeds ${MAX_FILE} characters`, 'shorten it')
  if (/[\ufdd0-\ufdef\0]|\p{Surrogate}/u.test(text)) {
    return refuse('bad_characters', `${file} holds NUL, noncharacters or broken surrogates`, 'save it as UTF-8')
  }
  const { parts, problems } = splitTags(text, file)
  state.problems.push(...problems)
  return parts
}

function count(state: Expansion, part: Part): Part {
  state.size += part.text.length
  return part
}

/** Returns the parts of a text of the manifest; in HTML its words are escaped, its tags are not. */
function manifestParts(state: Expansion, text: string, path: readonly string[]): Part[] {
  const file = 'campaign.yaml'
  const at = offsetOfKey(state.files[file] ?? '', path)
  const { parts, problems } = splitTags(text, file)
  state.problems.push(...problems.map((each) => ({ ...each, ...placeIn(state.files, file, at) })))
  return parts.map((part) => {
    const words = part.kind === 'text' && state.medium === 'html' ? escapeWords(part.text) : part.text
    return { ...part, text: words, at, verbatim: false }
  })
}

function escapeWords(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

/** Returns the script of the seat in scope: a choice by who can be called and by stance, one sentence a line. */
function scriptParts(state: Expansion, tag: Part): Part[] {
  const made = (text: string): Part => ({
    kind: text.startsWith('{{') ? 'tag' : 'text',
    text,
    file: tag.file,
    at: tag.at,
    verbatim: false,
  })
  const end = state.medium === 'text' ? [made('\n')] : []
  const { succeeded } = state.manifest.scripts
  return Object.entries(state.manifest.scripts).flatMap(([key, text]) =>
    // Conditions that exclude each other, not a chain: Handlebars leaves the indent of a chain's last tag behind.
    text
      ? [
          made(`{{#if ${condition(key, succeeded !== undefined)}}}`),
          ...end,
          ...sentences(state, key, text, made),
          made('{{/if}}'),
          ...end,
        ]
      : [],
  )
}

function condition(key: string, hasSuccessor: boolean): string {
  const successor = '(and succeeded callName)'
  if (key === 'succeeded') return successor
  return hasSuccessor ? `(and (eq stance "${key}") (not ${successor}))` : `(eq stance "${key}")`
}

function sentences(state: Expansion, key: string, text: string, made: (text: string) => Part): Part[] {
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  return lines.flatMap((line, index) => {
    const parts = manifestParts(state, line, ['scripts', key])
    if (state.medium === 'text') return [...parts, made('\n')]
    return index === 0 ? parts : [made('<br />\n'), ...parts]
  })
}

/** Returns the indent when a tag has its line for itself, else null. `before` is all that stands before it. */
function ownLine(before: readonly Part[], after: Part | undefined): string | null {
  const text = before.at(-1)?.text ?? ''
  const indent = before.length < 2 ? /^(?:[\s\S]*\n)?([ \t]*)$/.exec(text)?.[1] : /\n([ \t]*)$/.exec(text)?.[1]
  if (indent === undefined) return null
  return after === undefined || (after.kind === 'text' && /^[ \t]*(?:\r?\n|$)/.test(after.text)) ? indent : null
}

function withoutLineEnd(part: Part): Part {
  const skip = /^[ \t]*\r?\n/.exec(part.text)?.[0].length ?? 0
  return { ...part, text: part.text.slice(skip), at: part.at + (part.verbatim ? skip : 0) }
}

/** Puts `indent` before every later line; the first has it already, since it stands before the tag. */
function indented(parts: readonly Part[], indent: string): Part[] {
  if (indent === '') return [...parts]
  const rest = parts.flatMap((part) => {
    if (part.kind === 'tag') return [part]
    let at = part.at
    return part.text.split(/(?<=\n)/).flatMap((line): Part[] => {
      const here = { ...part, text: line, at }
      if (part.verbatim) at += line.length
      return line.endsWith('\n') ? [here, { ...here, text: indent, verbatim: false }] : [here]
    })
  })
  // The indent after the last line end belongs to whatever follows the partial, which has its own.
  const last = rest.at(-1)
  return last?.text === indent && !last.verbatim ? rest.slice(0, -1) : rest
}
