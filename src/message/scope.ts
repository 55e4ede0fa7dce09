// What every name in a template means: resolved outward through the blocks, checked for type, sorted by whose it is.
import { unreachable } from '../core/errors.ts'
import { callNamed, suggestCall, type Argument } from './calls.ts'
import { isPersonField, ROOT_FIELDS, type Field, type Fields, type PersonField } from './fields.ts'
import { nearest } from '../core/nearest.ts'
import type { BlockName, Expression, LoopValue, Node } from './tree.ts'

/** An expression whose names are settled. `path` is how Handlebars finds the field from where it stands. */
export type Meaning =
  | { kind: 'field'; path: string; type: Field; person: PersonField | null; guard: string; at: number }
  | { kind: 'loop'; name: LoopValue; type: 'number' | 'flag'; at: number }
  | { kind: 'literal'; value: string | number | boolean; type: 'text' | 'number' | 'flag'; at: number }
  | { kind: 'call'; helper: string; args: Meaning[]; type: 'text' | 'number' | 'flag'; at: number }

export type Scoped =
  | { kind: 'text'; text: string }
  | { kind: 'output'; value: Meaning; at: number }
  | { kind: 'block'; block: BlockName; subject: Meaning; body: Scoped[]; otherwise: Scoped[]; at: number }

/** A finding with an offset into the text the tree was read from. */
export interface Finding {
  code: string
  message: string
  hint: string
  at: number
}

interface Scope {
  id: number
  fields: Fields
  loop: boolean
}

interface Analysis {
  findings: Finding[]
  /** Innermost first; the last is the root. */
  scopes: Scope[]
  /** Objects that a condition around has shown to be there. */
  guarded: ReadonlySet<string>
  nextId: number
}

/** Returns the tree with every name settled, and every name or type that is wrong. */
export function resolveNames(nodes: readonly Node[]): { nodes: Scoped[]; findings: Finding[] } {
  const root: Scope = { id: 0, fields: ROOT_FIELDS, loop: false }
  const analysis: Analysis = { findings: [], scopes: [root], guarded: new Set(), nextId: 1 }
  return { nodes: resolveAll(analysis, nodes), findings: analysis.findings }
}

function resolveAll(analysis: Analysis, nodes: readonly Node[]): Scoped[] {
  return nodes.flatMap((node): Scoped[] => {
    if (node.kind === 'text') return [node]
    if (node.kind === 'output') return resolveOutput(analysis, node)
    return resolveBlock(analysis, node)
  })
}

function find(analysis: Analysis, at: number, code: string, message: string, hint: string): void {
  analysis.findings.push({ at, code, message, hint })
}

function resolveOutput(analysis: Analysis, node: Extract<Node, { kind: 'output' }>): Scoped[] {
  const value = resolve(analysis, node.value)
  if (!value) return []
  if (value.kind === 'literal') {
    // Handlebars reads {{1}} and {{"a"}} as fields called so.
    const tag = `{{${JSON.stringify(value.value)}}}`
    find(analysis, node.at, 'fixed_output', `${tag} is not a field`, 'write fixed text without the braces')
    return []
  }
  if (value.type !== 'text' && value.type !== 'number') {
    find(
      analysis,
      node.at,
      'not_printable',
      `this prints ${typeWord(value.type)}`,
      'print text or a number, or use it in {{#if}}',
    )
    return []
  }
  return [{ kind: 'output', value, at: node.at }]
}

function resolveBlock(analysis: Analysis, node: Extract<Node, { kind: 'block' }>): Scoped[] {
  const subject = resolve(analysis, node.subject)
  if (!subject) return []
  const inner = innerFields(analysis, node, subject)
  if (inner === null) return []
  const { scopes, guarded } = analysis
  if (inner) analysis.scopes = [{ id: analysis.nextId++, fields: inner, loop: node.block === 'each' }, ...scopes]
  if (node.block !== 'unless') analysis.guarded = new Set([...guarded, ...guardsOf(subject)])
  const body = resolveAll(analysis, node.body)
  analysis.scopes = scopes
  analysis.guarded = node.block === 'unless' ? new Set([...guarded, ...guardsOf(subject)]) : guarded
  const otherwise = resolveAll(analysis, node.otherwise)
  analysis.guarded = guarded
  return [{ kind: 'block', block: node.block, subject, body, otherwise, at: node.at }]
}

/** Returns the fields inside `each` and `with`, undefined for the others, null when the subject does not fit. */
function innerFields(
  analysis: Analysis,
  node: { block: BlockName; at: number },
  subject: Meaning,
): Fields | undefined | null {
  if (node.block === 'if' || node.block === 'unless') return undefined
  const type = subject.type
  if (node.block === 'each' && typeof type === 'object' && 'list' in type) return type.list
  if (node.block === 'with' && typeof type === 'object') {
    if ('maybe' in type) return type.maybe
    if ('object' in type) return type.object
  }
  const wanted = node.block === 'each' ? 'a list' : 'an object'
  find(
    analysis,
    node.at,
    'wrong_type',
    `{{#${node.block}}} needs ${wanted}, not ${typeWord(type)}`,
    'use {{#if}} for conditions',
  )
  return null
}

/** Returns the objects that are surely there when the condition holds. */
function guardsOf(subject: Meaning): string[] {
  if (subject.kind === 'field') return [subject.guard]
  return subject.kind === 'call' && subject.helper === 'and' ? subject.args.flatMap(guardsOf) : []
}

function resolve(analysis: Analysis, expression: Expression): Meaning | null {
  switch (expression.kind) {
    case 'literal':
      return { ...expression, type: literalType(expression.value) }
    case 'loop':
      return resolveLoop(analysis, expression)
    case 'field':
      return resolveField(analysis, expression)
    case 'call':
      return resolveCall(analysis, expression)
    default:
      return unreachable(expression)
  }
}

function literalType(value: string | number | boolean): 'text' | 'number' | 'flag' {
  return typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'flag'
}

function resolveLoop(analysis: Analysis, { name, at }: Extract<Expression, { kind: 'loop' }>): Meaning | null {
  if (analysis.scopes.some((scope) => scope.loop))
    return { kind: 'loop', name, type: name === 'index' ? 'number' : 'flag', at }
  find(analysis, at, 'not_in_each', `@${name} stands outside {{#each}}`, 'move it into the loop')
  return null
}

function resolveField(analysis: Analysis, { path, at }: Extract<Expression, { kind: 'field' }>): Meaning | null {
  const [first = '', ...rest] = path
  const depth = analysis.scopes.findIndex((scope) => Object.hasOwn(scope.fields, first))
  const scope = analysis.scopes[depth]
  if (!scope)
    return unknownField(
      analysis,
      path,
      analysis.scopes.flatMap((each) => Object.keys(each.fields)),
      0,
      at,
    )
  let type: Field | undefined = scope.fields[first]
  let guard = `${scope.id}:${first}`
  for (const [index, part] of rest.entries()) {
    const fields = fieldsOf(type)
    if (typeof type === 'object' && 'maybe' in type && !analysis.guarded.has(guard)) {
      find(
        analysis,
        at,
        'may_be_missing',
        `${path.slice(0, index + 1).join('.')} may be missing`,
        'put {{#if}} or {{#with}} around it',
      )
    }
    if (!fields || !Object.hasOwn(fields, part))
      return unknownField(analysis, path, Object.keys(fields ?? {}), index + 1, at)
    type = fields[part]
    guard += `.${part}`
  }
  if (type === undefined) return null
  const person = depth === analysis.scopes.length - 1 && isPersonField(first) ? first : null
  return { kind: 'field', path: pathFrom(analysis, depth) + path.join('.'), type, person, guard, at }
}

/** Returns how Handlebars gets to a scope: `this.` here, `@root.` at the root, `../` in between. */
function pathFrom(analysis: Analysis, depth: number): string {
  if (depth === 0) return 'this.'
  return depth === analysis.scopes.length - 1 ? '@root.' : '../'.repeat(depth)
}

function fieldsOf(type: Field | undefined): Fields | null {
  if (typeof type !== 'object') return null
  return 'object' in type ? type.object : 'maybe' in type ? type.maybe : null
}

function unknownField(
  analysis: Analysis,
  path: readonly string[],
  known: readonly string[],
  wrong: number,
  at: number,
): null {
  const word = path[wrong] ?? ''
  const near = nearest(word, known)
  const where = wrong > 0 ? ` of ${path.slice(0, wrong).join('.')}` : ''
  const hint = near
    ? `did you mean ${near}?`
    : `known here: ${[...new Set(known)].slice(0, 40).join(', ') || 'nothing'}`
  find(analysis, at, 'unknown_field', `"${word}" is not a field${where}`, hint)
  return null
}

function resolveCall(analysis: Analysis, expression: Extract<Expression, { kind: 'call' }>): Meaning | null {
  const { helper, at } = expression
  const call = callNamed(helper)
  if (!call) {
    find(analysis, at, 'unknown_helper', `"${helper}" is not a helper`, suggestCall(helper))
    return null
  }
  // A list's field name is a plain string, checked against the list that comes before it.
  const args = expression.args.flatMap((arg) => resolve(analysis, arg) ?? [])
  if (args.length !== expression.args.length) return null
  const enough = call.more ? args.length >= call.takes.length : args.length === call.takes.length
  if (!enough) {
    find(
      analysis,
      at,
      'bad_arguments',
      `${helper} takes ${call.takes.length} values, not ${args.length}`,
      `give ${call.takes.join(', ')}`,
    )
    return null
  }
  for (const [index, arg] of args.entries()) {
    const wanted = call.takes[Math.min(index, call.takes.length - 1)] ?? 'any'
    if (fits(wanted, arg, args[index - 1])) continue
    find(
      analysis,
      arg.at,
      'wrong_type',
      `${helper} needs ${ARGUMENT_WORDS[wanted]} here, not ${typeWord(arg.type)}`,
      `give ${call.takes.join(', ')}`,
    )
    return null
  }
  return { kind: 'call', helper, args, type: call.gives, at }
}

function fits(wanted: Argument, arg: Meaning, before: Meaning | undefined): boolean {
  switch (wanted) {
    case 'any':
      return true
    case 'scalar':
      return typeof arg.type === 'string'
    case 'text':
    case 'number':
      return arg.type === wanted
    case 'list':
      return typeof arg.type === 'object' && 'list' in arg.type
    case 'fieldName':
      return arg.kind === 'literal' && typeof arg.value === 'string' && listFields(before)[arg.value] === 'text'
    default:
      return unreachable(wanted)
  }
}

function listFields(list: Meaning | undefined): Fields {
  return typeof list?.type === 'object' && 'list' in list.type ? list.type.list : {}
}

const ARGUMENT_WORDS: Readonly<Record<Argument, string>> = {
  any: 'a value',
  scalar: 'text, a number or a flag',
  text: 'text',
  number: 'a number',
  list: 'a list',
  fieldName: 'the name of a text field of the list, in quotes',
}

function typeWord(type: Field): string {
  if (type === 'text') return 'text'
  if (type === 'number') return 'a number'
  if (type === 'flag') return 'true or false'
  return 'list' in type ? 'a list' : 'an object'
}
