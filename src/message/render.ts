// A settled tree as a Handlebars function: canonical source text, our own instance, a closed list of calls, a step budget.
import Handlebars from 'handlebars'
import { RollcallError } from '../core/errors.ts'
import { CALL_NAMES, callNamed, isTrue } from './calls.ts'
import { bare } from './clean.ts'
import type { Meaning, Scoped } from './scope.ts'

/** Enough for any real message; a loop in a loop in a loop ends here instead of holding a worker (threat T1). */
const STEP_BUDGET = 50_000

/** Returns the text for a root context made by `cleanValue`. Throws `template_steps` when the budget is used up. */
export type Render = (context: Record<string, unknown>) => string

/** Prints an output in place of its tag, or null to keep the tag. */
export type Replace = (value: Meaning) => string | null

/** Returns the Handlebars source of a tree: every path explicit, no whitespace control, nothing left to guess. */
export function canonicalSource(nodes: readonly Scoped[], replace: Replace = () => null): string {
  return nodes.map((node) => printNode(node, replace)).join('')
}

function printNode(node: Scoped, replace: Replace): string {
  if (node.kind === 'text') return checkedText(node.text)
  if (node.kind === 'output') return replace(node.value) ?? `{{${printCall(node.value)}}}`
  const otherwise = node.otherwise.length > 0 ? `{{else}}${canonicalSource(node.otherwise, replace)}` : ''
  const body = canonicalSource(node.body, replace)
  return `{{#${node.block} ${printArgument(node.subject)}}}${body}${otherwise}{{/${node.block}}}`
}

/** Text that would run into the braces of a tag could change what the tag means. */
function checkedText(text: string): string {
  if (!text.includes('{{') && !/[{\\]$/.test(text)) return text
  throw new RollcallError('stray_braces', `"${text.slice(-20)}" ends in a brace or backslash before a tag`, {
    hint: 'put a space between them',
  })
}

function printCall(value: Meaning): string {
  return value.kind === 'call' ? [value.helper, ...value.args.map(printArgument)].join(' ') : printArgument(value)
}

function printArgument(value: Meaning): string {
  switch (value.kind) {
    case 'field':
      return value.path
    case 'loop':
      return `@${value.name}`
    case 'literal':
      return typeof value.value === 'string' ? `"${value.value}"` : String(value.value)
    case 'call':
      return `(${printCall(value)})`
  }
  return ''
}

/** Returns the function of a canonical source; `escape` is on for HTML and off for text. */
export function compileSource(source: string, { escape }: { escape: boolean }): Render {
  if (typeof source !== 'string') throw new RollcallError('not_text', 'only text is compiled')
  const engine = createEngine()
  const template: unknown = engine.compile(source, {
    strict: true,
    noEscape: !escape,
    knownHelpersOnly: true,
    knownHelpers: { ...KNOWN },
    ignoreStandalone: true,
    preventIndent: true,
  })
  return (context) => {
    if (typeof template !== 'function') throw new RollcallError('bug', 'Handlebars gave no function')
    const data = { budget: { left: STEP_BUDGET } }
    return String(template(context, { data }))
  }
}

const BLOCK_NAMES = ['if', 'unless', 'each', 'with'] as const
const KNOWN = {
  ...Object.fromEntries([...CALL_NAMES, ...BLOCK_NAMES].map((name) => [name, true])),
  lookup: false,
  log: false,
  helperMissing: false,
  blockHelperMissing: false,
}

function createEngine(): typeof Handlebars {
  const engine = Handlebars.create()
  const calls = CALL_NAMES.map(
    (name) => [name, (...args: unknown[]) => callNamed(name)?.run(...args.slice(0, -1))] as const,
  )
  const blocks = Object.entries(BLOCKS)
  // Replaced whole, so that nothing built in and nothing inherited can be reached by name.
  Object.assign(engine, { helpers: bare([...calls, ...blocks]), partials: bare([]), decorators: bare([]) })
  return engine
}

interface BlockOptions {
  fn(context: unknown, options?: { data: unknown }): string
  inverse(context: unknown): string
  data: { budget: { left: number } }
}

const BLOCKS = {
  if(this: unknown, value: unknown, options: BlockOptions) {
    spend(options)
    return isTrue(value) ? options.fn(this) : options.inverse(this)
  },
  unless(this: unknown, value: unknown, options: BlockOptions) {
    spend(options)
    return isTrue(value) ? options.inverse(this) : options.fn(this)
  },
  with(this: unknown, value: unknown, options: BlockOptions) {
    spend(options)
    return isTrue(value) ? options.fn(value) : options.inverse(this)
  },
  each(this: unknown, list: unknown, options: BlockOptions) {
    if (!Array.isArray(list) || list.length === 0) return options.inverse(this)
    return list.map((item: unknown, index) => eachItem(item, index, list.length, options)).join('')
  },
}

function eachItem(item: unknown, index: number, length: number, options: BlockOptions): string {
  spend(options)
  const data: unknown = Object.assign(Handlebars.createFrame(options.data), {
    index,
    first: index === 0,
    last: index === length - 1,
  })
  return options.fn(item, { data })
}

function spend({ data }: BlockOptions): void {
  data.budget.left--
  if (data.budget.left >= 0) return
  throw new RollcallError('template_steps', `the template takes more than ${STEP_BUDGET} steps for one message`, {
    hint: 'loops nest too deep; take one of them out',
  })
}
