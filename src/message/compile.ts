// Template folder in, compiled template out, or every problem with its place: partials, names, MJML, contexts, slots.
import { RollcallError } from '../core/errors.ts'
import { convertMjml } from './convert-mjml.ts'
import { expandFile, expandLine, type ExpandResult } from './expand.ts'
import { htmlParts } from './html-frame.ts'
import { checkContexts } from './html-context.ts'
import type { Manifest } from './manifest.ts'
import type { MjmlReply } from './mjml-worker.ts'
import { findStrays } from './mjml-source.ts'
import type { Problem } from './problem.ts'
import { resolveNames, type Finding, type Scoped } from './scope.ts'
import { collectPersonalUse, type PersonalUse } from './slots.ts'
import { placeOf, textOf, type Files, type Part } from './source.ts'
import { buildPart, type CompiledTemplate } from './template.ts'
import { restoreTags, tokenise, tokensIn, type Tokenised } from './tokens.ts'
import { readTree } from './tree.ts'

/** More than this many tested fields would multiply the skeletons of each variant. */
const MAX_CONDITIONS = 4

export type { CompiledTemplate }

export type CompileResult = { ok: true; template: CompiledTemplate } | { ok: false; problems: Problem[] }

/** What one part of the message is made of, once it has been read. */
interface ReadPart {
  nodes: Scoped[]
  parts: readonly Part[]
}

/**
 * Returns the compiled template of a folder's files (path → text), or what stops it.
 * Nothing is read from disk, and nothing but text is ever compiled (threat T1). Converting MJML takes seconds; `toHtml`
 * may know the result from before.
 */
export async function compileTemplate(
  files: Files,
  manifest: Manifest,
  toHtml: (mjml: string) => Promise<MjmlReply> = convertMjml,
): Promise<CompileResult> {
  const problems: Problem[] = []
  const subject = readPart(files, expandLine(files, manifest, 'subject'), problems, true)
  const preheader = readPart(files, expandLine(files, manifest, 'preheader'), problems, true)
  const text = readPart(files, expandFile(files, manifest, 'body.txt.hbs', 'text'), problems, true)
  const html = readPart(files, htmlParts(files, manifest), problems, false)
  const converted = html ? await convertHtml(files, html.parts, problems, toHtml) : null
  if (!subject || !preheader || !text || !html || !converted || problems.length > 0) {
    return { ok: false, problems: distinct(problems) }
  }
  try {
    return { ok: true, template: assemble(files, manifest, { subject, preheader, text, html }, converted) }
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    return { ok: false, problems: [{ severity: 'error', code: error.code, message: error.message, ...hintOf(error) }] }
  }
}

/** A partial that stands in many places has its mistake in one. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}

function hintOf(error: RollcallError): { hint?: string } {
  return error.hint === undefined ? {} : { hint: error.hint }
}

/** Reads and checks the tags of one part; null after adding problems. */
function readPart(files: Files, expanded: ExpandResult, problems: Problem[], trimLines: boolean): ReadPart | null {
  problems.push(...expanded.problems)
  if (expanded.problems.length > 0) return null
  const { parts } = expanded
  const tree = readTree(textOf(parts), { trimLines })
  if (!tree.ok) {
    problems.push(...tree.refusals.map((each) => toProblem(files, parts, each)))
    return null
  }
  const { nodes, findings } = resolveNames(tree.nodes)
  problems.push(...findings.map((each) => toProblem(files, parts, each)))
  return findings.length > 0 ? null : { nodes, parts }
}

function toProblem(files: Files, parts: readonly Part[], { at, code, message, hint }: Finding): Problem {
  return { severity: 'error', code, message, hint, ...placeOf(files, parts, at) }
}

/** Returns the tree of the HTML that MJML makes, its tags checked for where they stand; null after adding problems. */
async function convertHtml(
  files: Files,
  parts: readonly Part[],
  problems: Problem[],
  toHtml: (mjml: string) => Promise<MjmlReply>,
): Promise<Converted | null> {
  const tokenised = tokenise(parts)
  const strays = findStrays(tokenised.text)
  problems.push(...strays.map((each) => toProblem(files, tokenised.parts, each)))
  if (strays.length > 0) return null
  const reply = await toHtml(tokenised.text)
  if (!reply.ok) {
    problems.push(...reply.complaints.map(({ message, line }) => mjmlProblem(files, tokenised, message, line)))
    return null
  }
  const html = compact(reply.html)
  const lost = [...compareTags(tokenised, html), ...contextFindings(tokenised, html, textOf(parts))]
  problems.push(...lost.map((each) => toProblem(files, parts, each)))
  return lost.length > 0 ? null : readHtml(restoreTags(html, tokenised))
}

interface Converted {
  source: string
  nodes: Scoped[]
}

function readHtml(source: string): Converted {
  const tree = readTree(source, { trimLines: false })
  if (!tree.ok) throw new RollcallError('bug', `the HTML has tags the template had not: ${tree.refusals[0]?.message}`)
  return { source, nodes: resolveNames(tree.nodes).nodes }
}

/** MJML indents deeply; the same white space on one line end saves a fifth of the size. */
function compact(html: string): string {
  return /<pre[\s>]/i.test(html) ? html : html.replace(/[ \t]*\n\s*/g, '\n').trim() + '\n'
}

function mjmlProblem(files: Files, tokenised: Tokenised, message: string, line: number | null): Problem {
  const text = message.replace(
    tokenised.pattern,
    (_, index: string) => tokenised.tokens[Number(index)]?.part.text ?? '',
  )
  const starts = tokenised.text.split('\n').slice(0, Math.max(0, (line ?? 1) - 1))
  const offset = starts.reduce((sum, each) => sum + each.length + 1, 0)
  const place = line === null ? { file: 'body.mjml' } : placeOf(files, tokenised.parts, offset)
  return {
    severity: 'error',
    code: 'mjml',
    message: text,
    hint: 'see the MJML documentation of this component',
    ...place,
  }
}

/** Every tag of the body must come out once and in order, and every tag of the head at least once. */
function compareTags(tokenised: Tokenised, html: string): Finding[] {
  const bodyAt = tokenised.text.search(/<mj-body[\s>]/)
  const inHead = new Set(tokensIn(tokenised.text.slice(0, Math.max(bodyAt, 0)), tokenised))
  const before = tokensIn(tokenised.text, tokenised).filter((token) => !inHead.has(token))
  const all = tokensIn(html, tokenised)
  const after = all.filter((token) => !inHead.has(token))
  const present = new Set(all)
  const vanished = tokenised.tokens.flatMap((_, index) => (present.has(index) ? [] : [index]))
  if (vanished.length > 0)
    return vanished.map((token) => tagFinding(tokenised, token, 'tag_vanished', 'vanishes in MJML'))
  const wrong = before.findIndex((token, index) => after[index] !== token)
  if (wrong < 0 && after.length === before.length) return []
  const token = before[wrong] ?? after[before.length] ?? 0
  return [tagFinding(tokenised, token, 'tag_moved', 'is moved or repeated by MJML')]
}

function tagFinding(tokenised: Tokenised, index: number, code: string, what: string): Finding {
  const token = tokenised.tokens[index]
  const hint = 'put blocks into <mj-raw> and values into the text of <mj-text> or <mj-button>'
  return { code, message: `${token?.part.text ?? 'a tag'} ${what}`, hint, at: token?.at ?? 0 }
}

/** `source` is the template before its tags became tokens: places are counted in it. */
function contextFindings(tokenised: Tokenised, html: string, source: string): Finding[] {
  const { misplaced, forbidden } = checkContexts(html, tokenised)
  const places = misplaced.map(({ token, ...rest }) => ({ ...rest, at: tokenised.tokens[token]?.at ?? 0 }))
  const elements = forbidden.map((name) => ({
    code: 'forbidden_element',
    message: `<${name}> is not allowed in mail`,
    hint: 'take it out',
    at: Math.max(0, source.toLowerCase().indexOf(`<${name}`)),
  }))
  return [...places, ...elements]
}

type Parts = Record<'subject' | 'preheader' | 'text' | 'html', ReadPart>

function assemble(files: Files, manifest: Manifest, read: Parts, html: Converted): CompiledTemplate {
  const uses = Object.values(read).map(({ nodes, parts }) => {
    const use: PersonalUse = { conditions: new Set(), beyond: [] }
    collectPersonalUse(nodes, use)
    return { ...use, beyond: use.beyond.map((each) => notice(toProblem(files, parts, each))) }
  })
  const conditions = [...new Set(uses.flatMap((use) => [...use.conditions]))].toSorted()
  const tooMany = conditions.length > MAX_CONDITIONS ? [tooManyConditions(conditions)] : []
  return {
    manifest,
    subject: buildPart(read.subject.nodes, { escape: false }),
    preheader: buildPart(read.preheader.nodes, { escape: false }),
    text: buildPart(read.text.nodes, { escape: false }),
    html: buildPart(html.nodes, { escape: true }),
    conditions,
    fullRender: [...uses.flatMap((use) => use.beyond), ...tooMany],
    htmlSource: html.source,
  }
}

function notice(problem: Problem): Problem {
  return { ...problem, severity: 'notice' }
}

function tooManyConditions(fields: readonly string[]): Problem {
  const message = `conditions test ${fields.length} personal fields (${fields.join(', ')}), so every message is rendered whole`
  return { severity: 'notice', code: 'full_render', message, hint: `test at most ${MAX_CONDITIONS}` }
}
