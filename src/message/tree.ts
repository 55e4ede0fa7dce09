// The template's tree: what Handlebars parsed, through an allow-list, as our own small union.
import Handlebars from 'handlebars'
import { messageOf, RollcallError } from '../core/errors.ts'
import { lineStarts } from './source.ts'

/** An expression. `at` is an offset into the parsed text. */
export type Expression =
  | { kind: 'field'; path: string[]; at: number }
  | { kind: 'loop'; name: LoopValue; at: number }
  | { kind: 'literal'; value: string | number | boolean; at: number }
  | { kind: 'call'; helper: string; args: Expression[]; at: number }

/** What `{{@index}}` and its like give inside `each`. */
export type LoopValue = 'index' | 'first' | 'last'

export type BlockName = 'if' | 'unless' | 'each' | 'with'

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'output'; value: Expression; at: number }
  | { kind: 'block'; block: BlockName; subject: Expression; body: Node[]; otherwise: Node[]; at: number }

/** A refused construct: where, which, and what to write instead. */
interface Refusal {
  code: string
  message: string
  hint: string
  at: number
}

export type ReadResult = { ok: true; nodes: Node[] } | { ok: false; refusals: Refusal[] }

const MAX_DEPTH = 16
const MAX_NODES = 20_000
// Own properties only are ever read, yet a template that asks for these means harm (threat T1).
const FORBIDDEN = new Set([
  'constructor',
  '__proto__',
  'prototype',
  '__defineGetter__',
  '__lookupGetter__',
  'hasOwnProperty',
])

interface Reader {
  text: string
  lineStarts: readonly number[]
  refusals: Refusal[]
  nodes: number
}

/**
 * Returns the tree of a template text, or what in it is not allowed.
 * `trimLines` removes lines that hold nothing but a block tag, as Handlebars does.
 * Throws `not_text` for anything but a string: a parsed tree would be compiled as code (CVE-2026-33937).
 */
export function readTree(text: unknown, { trimLines }: { trimLines: boolean }): ReadResult {
  if (typeof text !== 'string') {
    throw new RollcallError('not_text', `a template must be a string, not ${typeof text}`)
  }
  const reader: Reader = { text, lineStarts: lineStarts(text), refusals: [], nodes: 0 }
  const program = parse(reader, trimLines)
  const nodes = program ? readProgram(reader, program, 0) : []
  return reader.refusals.length > 0 ? { ok: false, refusals: reader.refusals } : { ok: true, nodes }
}

function parse(reader: Reader, trimLines: boolean): hbs.AST.Program | null {
  try {
    return Handlebars.parse(reader.text, { ignoreStandalone: !trimLines })
  } catch (error) {
    const message = messageOf(error)
    const line = Number(/line (\d+)|^.*? - (\d+):/.exec(message)?.slice(1).find(Boolean) ?? 1)
    const reason = /Expecting.*|doesn't match.*$/s.exec(message)?.[0] ?? message.split('\n')[0] ?? message
    const at = reader.lineStarts[line - 1] ?? 0
    refuse(
      reader,
      at,
      'template_syntax',
      `a tag cannot be read: ${reason.slice(0, 200)}`,
      'check the tags on this line',
    )
    return null
  }
}

function refuse(reader: Reader, at: number, code: string, message: string, hint: string): void {
  reader.refusals.push({ at, code, message, hint })
}

function readProgram(reader: Reader, program: hbs.AST.Program | undefined, depth: number): Node[] {
  if (!program) return []
  if (depth > MAX_DEPTH) {
    refuse(reader, start(reader, program), 'template_depth', `blocks nest deeper than ${MAX_DEPTH}`, 'flatten them')
    return []
  }
  if (program.blockParams && program.blockParams.length > 0) {
    refuse(reader, start(reader, program), 'block_params', 'names after "as" are not allowed', 'use the field names')
  }
  return program.body.flatMap((statement) => readStatement(reader, statement, depth))
}

function readStatement(reader: Reader, node: hbs.AST.Statement, depth: number): Node[] {
  reader.nodes++
  if (reader.nodes > MAX_NODES) {
    if (reader.nodes === MAX_NODES + 1) {
      refuse(
        reader,
        start(reader, node),
        'template_too_big',
        `the template has more than ${MAX_NODES} parts`,
        'shorten it',
      )
    }
    return []
  }
  const at = start(reader, node)
  if (isContent(node)) return node.value === '' ? [] : [{ kind: 'text', text: node.value }]
  if (isComment(node)) return []
  if (isMustache(node)) return readOutput(reader, node, at)
  if (isBlock(node)) return readBlock(reader, node, at, depth)
  refuse(
    reader,
    at,
    'not_allowed',
    `${kindOf(node)} is not allowed in a template`,
    'use if, unless, each, with and outputs',
  )
  return []
}

function readOutput(reader: Reader, node: hbs.AST.MustacheStatement, at: number): Node[] {
  if (!node.escaped) {
    refuse(reader, at, 'unescaped_output', 'this tag prints its value unescaped', 'use two braces and no &')
  }
  const value = readCall(reader, node, at, node.params.length > 0 ? 'call' : 'field')
  return value ? [{ kind: 'output', value, at }] : []
}

const BLOCKS: readonly BlockName[] = ['if', 'unless', 'each', 'with']

function readBlock(reader: Reader, node: hbs.AST.BlockStatement, at: number, depth: number): Node[] {
  const name = node.path.original
  const block = BLOCKS.find((each) => each === name)
  if (!block || node.path.data || node.path.depth > 0) {
    refuse(reader, at, 'unknown_block', `{{#${name}}} is not a known block`, `known: ${BLOCKS.join(', ')}`)
    return []
  }
  refuseHash(reader, node.hash, at)
  const given = node.params[0]
  if (node.params.length !== 1 || !given) {
    refuse(
      reader,
      at,
      'bad_arguments',
      `{{#${name}}} takes one value, not ${node.params.length}`,
      `write {{#${name} field}}`,
    )
    return []
  }
  const subject = readExpression(reader, given, 0)
  const body = readProgram(reader, node.program, depth + 1)
  const otherwise = readProgram(reader, node.inverse, depth + 1)
  return subject ? [{ kind: 'block', block, subject, body, otherwise, at }] : []
}

function refuseHash(reader: Reader, hash: hbs.AST.Hash | undefined, at: number): void {
  const pair = hash?.pairs[0]
  if (pair) refuse(reader, at, 'named_argument', `${pair.key}=… is not allowed`, 'give plain arguments in order')
}

/** Reads `{{field}}` or `{{helper a b}}`; without arguments a name is always a field. */
function readCall(
  reader: Reader,
  node: hbs.AST.MustacheStatement | hbs.AST.SubExpression,
  at: number,
  as: 'call' | 'field',
  depth = 0,
): Expression | null {
  refuseHash(reader, node.hash, at)
  if (as === 'field') return readExpression(reader, node.path, depth)
  const path = node.path
  if (!isPath(path) || path.data || path.depth > 0 || path.parts.length !== 1 || /^(?:this|\.)/.test(path.original)) {
    refuse(reader, at, 'not_allowed', 'only a helper can take arguments', 'write {{helper value}}')
    return null
  }
  const args = node.params.flatMap((param) => readExpression(reader, param, depth + 1) ?? [])
  return args.length === node.params.length ? { kind: 'call', helper: path.original, args, at } : null
}

function readExpression(reader: Reader, node: hbs.AST.Expression, depth: number): Expression | null {
  const at = start(reader, node)
  reader.nodes++
  if (depth > MAX_DEPTH) {
    refuse(reader, at, 'template_depth', `expressions nest deeper than ${MAX_DEPTH}`, 'flatten them')
    return null
  }
  if (isLiteral(node)) return readLiteral(reader, node.value, at)
  if (isPath(node)) return readPath(reader, node, at)
  if (isSubExpression(node)) return readCall(reader, node, at, 'call', depth)
  refuse(reader, at, 'not_allowed', `${kindOf(node)} is not allowed in a template`, 'use fields, strings and numbers')
  return null
}

function readLiteral(reader: Reader, value: string | number | boolean, at: number): Expression | null {
  if (typeof value === 'string' && /["\\{}\n\r]/.test(value)) {
    refuse(
      reader,
      at,
      'bad_literal',
      `${JSON.stringify(value)} holds a quote, brace or backslash`,
      'write it as plain text',
    )
    return null
  }
  return { kind: 'literal', value, at }
}

function readPath(reader: Reader, node: hbs.AST.PathExpression, at: number): Expression | null {
  if (node.data) {
    const name = (['index', 'first', 'last'] as const).find((each) => node.original === `@${each}`)
    if (name && node.depth === 0) return { kind: 'loop', name, at }
    refuse(reader, at, 'not_allowed', `${node.original} is not allowed`, 'inside each: @index, @first, @last')
    return null
  }
  const parts: unknown[] = node.parts
  const path = parts.flatMap((part) => (typeof part === 'string' ? [part] : []))
  // Names resolve outward by themselves; a written path would be a second way to say it.
  if (node.depth > 0 || path.length !== parts.length || path.join('.') !== node.original || path.length === 0) {
    refuse(reader, at, 'not_allowed', `"${node.original}" is not a plain name`, 'write the field name alone')
    return null
  }
  const bad = path.find((part) => FORBIDDEN.has(part) || !/^[A-Za-z][A-Za-z0-9_]*$/.test(part))
  if (bad !== undefined) {
    refuse(reader, at, 'forbidden_name', `"${bad}" may not be read`, 'use the fields of the message')
    return null
  }
  return { kind: 'field', path, at }
}

function start(reader: Reader, node: hbs.AST.Node): number {
  return (reader.lineStarts[node.loc.start.line - 1] ?? 0) + node.loc.start.column
}

function kindOf(node: hbs.AST.Node): string {
  return node.type
    .replace(/(Statement|Expression)$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
}

function isContent(node: hbs.AST.Node): node is hbs.AST.ContentStatement {
  return node.type === 'ContentStatement'
}
function isComment(node: hbs.AST.Node): node is hbs.AST.CommentStatement {
  return node.type === 'CommentStatement'
}
function isMustache(node: hbs.AST.Node): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement'
}
function isBlock(node: hbs.AST.Node): node is hbs.AST.BlockStatement {
  return node.type === 'BlockStatement'
}
function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression'
}
function isSubExpression(node: hbs.AST.Node): node is hbs.AST.SubExpression {
  return node.type === 'SubExpression'
}
function isLiteral(node: hbs.AST.Node): node is hbs.AST.StringLiteral | hbs.AST.NumberLiteral | hbs.AST.BooleanLiteral {
  return node.type === 'StringLiteral' || node.type === 'NumberLiteral' || node.type === 'BooleanLiteral'
}
