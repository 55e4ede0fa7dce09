// A skeleton: all that messages of one variant share, encoded once, with gaps for what is only the subscriber's.
import { createHash } from 'node:crypto'
import { tidyLine } from './clean.ts'
import type { PersonField } from './fields.ts'
import type { SharedContent } from './message.ts'
import { encodePieces } from './mime/quoted-printable.ts'
import { isReadyPart } from './mime/wire-ready.ts'
import type { Person, Slot } from './slots.ts'
import { rootContext, splitAtSlots, standIns, type CompiledTemplate, type TemplatePart } from './template.ts'
import type { VariantView } from './view.ts'

/** One part with gaps: piece, value, piece, … piece. */
export interface Gapped {
  pieces: readonly string[]
  /** For each gap, the number of its slot. */
  gaps: readonly number[]
  slots: readonly Slot[]
}

/** A part of the body, its pieces encoded too. */
export interface EncodedPart extends Gapped {
  encoded: readonly Buffer[]
  /** Whether all of these are known to be ready for the wire. */
  isReady: boolean
}

export interface Skeleton {
  subject: Gapped
  text: EncodedPart
  html: EncodedPart
  shared: SharedContent
  /** The mark of a slot in `shared`. */
  mark(part: keyof SharedContent, slot: number): string
}

/** The skeletons of one variant: one for each way the tested personal fields can be empty or not, made when first needed. */
export interface Skeletons {
  template: CompiledTemplate
  view: VariantView
  made: Map<number, Skeleton>
}

/** Returns the skeletons of a variant, the commonest of them (every tested field filled) made at once. */
export function makeSkeletons(template: CompiledTemplate, view: VariantView): Skeletons {
  const skeletons: Skeletons = { template, view, made: new Map() }
  if (template.fullRender.length === 0) skeletonAt(skeletons, 2 ** template.conditions.length - 1)
  return skeletons
}

/** Returns the skeleton for a person. */
export function skeletonFor(skeletons: Skeletons, person: Person): Skeleton {
  const { conditions } = skeletons.template
  const key = conditions.reduce((bits, field, index) => bits + (person[field] === '' ? 0 : 2 ** index), 0)
  return skeletonAt(skeletons, key)
}

function skeletonAt(skeletons: Skeletons, key: number): Skeleton {
  const known = skeletons.made.get(key)
  if (known) return known
  const { template, view } = skeletons
  const filled = new Set<PersonField>(template.conditions.filter((_, index) => (key & (2 ** index)) !== 0))
  const made = makeSkeleton(template, rootContext(view, standIns(filled)))
  skeletons.made.set(key, made)
  return made
}

function makeSkeleton(template: CompiledTemplate, context: Record<string, unknown>): Skeleton {
  const subject = gapped(template.subject, context)
  const text = gapped(template.text, context)
  const html = gapped(template.html, context)
  const mark = markMaker([subject, text, html])
  const marked = (name: keyof SharedContent, part: Gapped) => join(part, (slot) => mark(name, slot))
  return {
    subject,
    text: encoded(text),
    html: encoded(html),
    shared: { subject: tidyLine(marked('subject', subject)), text: marked('text', text), html: marked('html', html) },
    mark,
  }
}

function encoded(part: Gapped): EncodedPart {
  const pieces = encodePieces(part.pieces)
  return { ...part, encoded: pieces, isReady: pieces.every((piece) => isReadyPart(piece.toString('latin1'))) }
}

function gapped(part: TemplatePart, context: Record<string, unknown>): Gapped {
  const { pieces, slots } = splitAtSlots(part.shared(context))
  return { pieces, gaps: slots, slots: part.slots }
}

/** Returns the text of a part with something in each gap. */
export function join(part: Gapped, value: (slot: number) => string): string {
  let text = part.pieces[0] ?? ''
  for (const [index, slot] of part.gaps.entries()) text += value(slot) + (part.pieces[index + 1] ?? '')
  return text
}

/** Marks such as `%k3f9a2h4%`: their start occurs nowhere in the pieces, and the same content gives the same marks. */
function markMaker(parts: readonly Gapped[]): Skeleton['mark'] {
  const content = parts.flatMap((part) => part.pieces).join('\0')
  for (let round = 0; ; round++) {
    const start = `%k${createHash('sha256').update(`${round}\0${content}`).digest('hex').slice(0, 6)}`
    if (!content.includes(start)) return (part, slot) => `${start}${part[0]}${slot}%`
  }
}
