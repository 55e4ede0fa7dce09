// The small part of CSS selectors that mail uses: tags, classes, ids, descendants and children.
import { attribute, isElement, type ParseElement } from './page.ts'

/** One step of a selector: what the element must be, and whether the step above it is its parent or any ancestor. */
interface Step {
  tag: string | null
  classes: readonly string[]
  id: string | null
  above: 'parent' | 'ancestor'
}

export interface Selector {
  /** From the element itself upwards. */
  steps: readonly Step[]
  /** CSS specificity as one number. */
  weight: number
}

const COMPOUND = /^(\*|[a-z][a-z0-9]*)?((?:[.#][\w-]+)*)$/i

/** Returns the selector, or null when it uses anything else (pseudo-classes, attributes, siblings). */
export function readSelector(text: string): Selector | null {
  const tokens = text
    .trim()
    .replace(/\s*>\s*/g, ' > ')
    .split(/\s+/)
  const steps: Step[] = []
  let above: Step['above'] = 'ancestor'
  for (const token of tokens) {
    if (token === '>') {
      above = 'parent'
      continue
    }
    const step = readStep(token, above)
    if (step === null) return null
    steps.unshift(step)
    above = 'ancestor'
  }
  return steps.length === 0 ? null : { steps, weight: steps.reduce((sum, step) => sum + weightOf(step), 0) }
}

function readStep(token: string, above: Step['above']): Step | null {
  if (token === ':root') return { tag: 'html', classes: [], id: null, above }
  const parts = COMPOUND.exec(token)
  if (parts === null || token === '') return null
  const names = parts[2]?.match(/[.#][\w-]+/g) ?? []
  const tag = parts[1] === undefined || parts[1] === '*' ? null : parts[1].toLowerCase()
  const id = names.find((name) => name.startsWith('#'))?.slice(1) ?? null
  return { tag, classes: names.filter((name) => name.startsWith('.')).map((name) => name.slice(1)), id, above }
}

function weightOf({ tag, classes, id }: Step): number {
  return (id === null ? 0 : 10_000) + classes.length * 100 + (tag === null ? 0 : 1)
}

/** Returns whether the selector selects the element. */
export function matches({ steps }: Selector, element: ParseElement): boolean {
  return matchesFrom(steps, 0, element)
}

function matchesFrom(steps: readonly Step[], at: number, element: ParseElement): boolean {
  const step = steps[at]
  if (step === undefined) return true
  if (!isLike(step, element)) return false
  if (at === steps.length - 1) return true
  for (let above = parentOf(element); above !== null; above = parentOf(above)) {
    if (matchesFrom(steps, at + 1, above)) return true
    if (step.above === 'parent') return false
  }
  return false
}

function isLike({ tag, classes, id }: Step, element: ParseElement): boolean {
  const has = new Set((attribute(element, 'class') ?? '').split(/\s+/))
  return (
    (tag === null || tag === element.tagName) &&
    (id === null || id === attribute(element, 'id')) &&
    classes.every((name) => has.has(name))
  )
}

function parentOf({ parentNode }: ParseElement): ParseElement | null {
  return parentNode !== null && isElement(parentNode) ? parentNode : null
}
