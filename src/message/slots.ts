// Which outputs are the subscriber's own (slots), and what else a template does with personal fields.
import Handlebars from 'handlebars'
import { callNamed } from './calls.ts'
import type { PersonField } from './fields.ts'
import type { Finding, Meaning, Scoped } from './scope.ts'

/** The subscriber's fields after `cleanPerson`. */
export type Person = Readonly<Record<PersonField, string>>

/** A place in a part that only the subscriber fills; `value` is escaped for where it stands. */
export interface Slot {
  value(person: Person): string
}

/** Whether an expression reads the person, the rest of the view, or both. */
export function personUse(value: Meaning): 'none' | 'only' | 'mixed' {
  const leaves = fieldsIn(value)
  const own = leaves.filter((leaf) => leaf.kind === 'field' && leaf.person !== null).length
  return own === 0 ? 'none' : own === leaves.length ? 'only' : 'mixed'
}

function fieldsIn(value: Meaning): Meaning[] {
  if (value.kind === 'literal') return []
  return value.kind === 'call' ? value.args.flatMap(fieldsIn) : [value]
}

/** Returns the slot of an expression that reads nothing but the person: what Handlebars would print there. */
export function slotOf(value: Meaning, escape: boolean): Slot {
  const run = evaluator(value)
  if (!escape) return { value: (person) => String(run(person)) }
  return { value: (person) => Handlebars.escapeExpression(String(run(person))) }
}

function evaluator(value: Meaning): (person: Person) => unknown {
  if (value.kind === 'literal') return () => value.value
  if (value.kind === 'field' && value.person) {
    const name = value.person
    return (person) => person[name]
  }
  if (value.kind !== 'call') return () => ''
  const args = value.args.map(evaluator)
  const call = callNamed(value.helper)
  return (person) => call?.run(...args.map((arg) => arg(person)))
}

/** How a template uses personal fields beside its slots. */
export interface PersonalUse {
  /** Fields whose being empty or not decides something: they join the skeleton's key. */
  conditions: Set<PersonField>
  /** Uses that neither a slot nor a key can express: the template is then rendered whole for everyone. */
  beyond: Finding[]
}

/** Adds to `use` what the conditions and the mixed outputs of a tree do with personal fields. */
export function collectPersonalUse(nodes: readonly Scoped[], use: PersonalUse): void {
  for (const node of nodes) {
    if (node.kind === 'text') continue
    if (node.kind === 'output') {
      if (personUse(node.value) === 'mixed') use.beyond.push(beyond(node.at, 'mixes a personal field with others'))
      continue
    }
    collectTruths(node.subject, use)
    collectPersonalUse(node.body, use)
    collectPersonalUse(node.otherwise, use)
  }
}

/** Only being empty or not may matter: a comparison needs the value itself. */
function collectTruths(value: Meaning, use: PersonalUse): void {
  if (value.kind === 'field' && value.person) use.conditions.add(value.person)
  if (value.kind !== 'call' || personUse(value) === 'none') return
  if (value.helper === 'not' || value.helper === 'and' || value.helper === 'or') {
    for (const arg of value.args) collectTruths(arg, use)
  } else {
    use.beyond.push(beyond(value.at, `compares a personal field with ${value.helper}`))
  }
}

function beyond(at: number, what: string): Finding {
  return {
    code: 'full_render',
    message: `this tag ${what}, so every message is rendered whole: about ten times slower`,
    hint: 'print the field alone, or test only whether it is there',
    at,
  }
}
