// A compiled template: four parts as functions, the slots in them, and the plain render of one message.
import { bare, cleanPerson, cleanValue, tidyLine } from './clean.ts'
import type { PersonField } from './fields.ts'
import type { Manifest } from './manifest.ts'
import type { Problem } from './problem.ts'
import { canonicalSource, compileSource, type Render } from './render.ts'
import type { Scoped } from './scope.ts'
import { personUse, slotOf, type Slot } from './slots.ts'
import type { PersonView, VariantView } from './view.ts'

export interface TemplatePart {
  /** The plain Handlebars render. */
  full: Render
  /** The same with a sentinel in the place of every slot. */
  shared: Render
  slots: readonly Slot[]
}

export interface CompiledTemplate {
  manifest: Manifest
  subject: TemplatePart
  preheader: TemplatePart
  text: TemplatePart
  html: TemplatePart
  /** Personal fields that conditions test: at most four. */
  conditions: readonly PersonField[]
  /** Why messages cannot be filled but must be rendered whole; empty for a template at full speed. */
  fullRender: readonly Problem[]
  /** The HTML as MJML made it, with the tags in it: what a content hash should cover, with the manifest. */
  htmlSource: string
}

/** The content of one message, before it is encoded. Line ends are LF. */
export interface Rendered {
  subject: string
  preheader: string
  text: string
  html: string
}

// Noncharacters: they cannot be in a template or a value, since both are cleaned of them.
const OPEN = '\ufdd0'
const CLOSE = '\ufdd1'

/** Returns a part with its full and its shared render; outputs that are only the person's become slots. */
export function buildPart(nodes: readonly Scoped[], { escape }: { escape: boolean }): TemplatePart {
  const slots = new Map<string, { index: number; slot: Slot }>()
  const source = canonicalSource(nodes, (value) => {
    if (personUse(value) !== 'only') return null
    const key = canonicalSource([{ kind: 'output', value, at: 0 }]).replace('@root.', 'this.')
    const known = slots.get(key) ?? { index: slots.size, slot: slotOf(value, escape) }
    slots.set(key, known)
    return `${OPEN}${known.index}${CLOSE}`
  })
  return {
    full: compileSource(canonicalSource(nodes), { escape }),
    shared: compileSource(source, { escape }),
    slots: [...slots.values()].map(({ slot }) => slot),
  }
}

/** Returns shared text as literal pieces and the numbers of the slots between them, starting with a piece. */
export function splitAtSlots(shared: string): { pieces: string[]; slots: number[] } {
  const split = shared.split(/\ufdd0(\d+)\ufdd1/)
  return {
    pieces: split.filter((_, index) => index % 2 === 0),
    slots: split.filter((_, index) => index % 2 === 1).map(Number),
  }
}

/** Returns the root context of a view and a person's fields, cleaned and without prototypes. */
export function rootContext(view: VariantView, person: PersonView): Record<string, unknown> {
  return Object.assign(bare([]), cleanValue({ ...view }), cleanPerson(person))
}

/** Returns one message's content by plain Handlebars: what `fill` must equal. Throws RollcallError for an unsafe URL. */
export function renderFull(template: CompiledTemplate, view: VariantView, person: PersonView): Rendered {
  const context = rootContext(view, person)
  return {
    subject: tidyLine(template.subject.full(context)),
    preheader: tidyLine(template.preheader.full(context)),
    text: template.text.full(context),
    html: template.html.full(context),
  }
}

/** Returns stand-ins for the personal fields of which only "empty or not" matters. */
export function standIns(filled: ReadonlySet<PersonField>): PersonView {
  const person = { ...NOBODY }
  for (const name of filled) person[name] = 'x'
  return person
}

const NOBODY: PersonView = {
  firstName: '',
  lastName: '',
  address: '',
  zip: '',
  unsubscribeUrl: '',
  preferencesUrl: '',
  viewUrl: '',
  forwardUrl: '',
  seatUrl: '',
}
