// Fill: a skeleton and one person become a message. This runs once per subscriber, so it only joins what is ready.
import { cleanPerson, tidyLine } from './clean.ts'
import type { Message, MessageHead, SharedContent } from './message.ts'
import { assembleMessage, boundaryFor, type Encoded, type EncodedBody } from './mime/body.ts'
import { encodeHead } from './mime/head.ts'
import { encodePieces, encodeQuotedPrintable } from './mime/quoted-printable.ts'
import { isReadyPart } from './mime/wire-ready.ts'
import { join, skeletonFor, type EncodedPart, type Gapped, type Skeleton, type Skeletons } from './skeleton.ts'
import type { Person } from './slots.ts'
import { renderFull } from './template.ts'
import type { PersonView } from './view.ts'

/**
 * Returns the message to one person; the same arguments give the same bytes. Content and bytes are made when asked for.
 * Throws RollcallError for a URL that may not be sent or a head that is not safe.
 */
export function fill(skeletons: Skeletons, person: PersonView, head: MessageHead): Message {
  const content =
    skeletons.template.fullRender.length > 0
      ? wholeContent(skeletons, person)
      : filledContent(skeletons, cleanPerson(person))
  const raw = once(() => {
    const boundary = boundaryFor(head.messageId)
    return assembleMessage(
      encodeHead(head, content.subject, boundary),
      boundary,
      content.encodedText(),
      content.encodedHtml(),
    )
  })
  return {
    ...head,
    subject: content.subject,
    get text() {
      return content.text()
    },
    get html() {
      return content.html()
    },
    get shared() {
      return content.shared()
    },
    get values() {
      return content.values()
    },
    raw,
  }
}

interface Content {
  subject: string
  text(): string
  html(): string
  shared(): SharedContent
  values(): Readonly<Record<string, string>>
  encodedText(): EncodedBody
  encodedHtml(): EncodedBody
}

function filledContent(skeletons: Skeletons, person: Person): Content {
  const skeleton = skeletonFor(skeletons, person)
  const { subject, text, html, shared } = skeleton
  const subjectValues = valuesOf(subject, person)
  const textValues = once(() => valuesOf(text, person))
  const htmlValues = once(() => valuesOf(html, person))
  return {
    subject: tidyLine(join(subject, (slot) => subjectValues[slot] ?? '')),
    text: once(() => join(text, (slot) => textValues()[slot] ?? '')),
    html: once(() => join(html, (slot) => htmlValues()[slot] ?? '')),
    shared: () => shared,
    values: once(() =>
      Object.fromEntries([
        ...marked(skeleton, 'subject', subjectValues),
        ...marked(skeleton, 'text', textValues()),
        ...marked(skeleton, 'html', htmlValues()),
      ]),
    ),
    encodedText: () => interleave(text, textValues()),
    encodedHtml: () => interleave(html, htmlValues()),
  }
}

function valuesOf(part: Gapped, person: Person): string[] {
  return part.slots.map((slot) => slot.value(person))
}

function marked(skeleton: Skeleton, part: keyof SharedContent, values: readonly string[]): [string, string][] {
  return values.map((value, slot) => [skeleton.mark(part, slot), value])
}

/** Returns the encoded pieces with the encoded values between them. */
function interleave(part: EncodedPart, values: readonly string[]): EncodedBody {
  const encoded = values.map(encodeQuotedPrintable)
  const out: Encoded[] = []
  for (const [index, piece] of part.encoded.entries()) {
    out.push(piece)
    const value = encoded[part.gaps[index] ?? -1]
    if (value !== undefined) out.push(value)
  }
  return { parts: out, isReady: part.isReady && encoded.every(isReadyPart) }
}

/** The slow way, for templates that `check` has reported: everything is this person's own. */
function wholeContent(skeletons: Skeletons, person: PersonView): Content {
  const { subject, text, html } = renderFull(skeletons.template, skeletons.view, person)
  const shared = { subject, text, html }
  return {
    subject,
    text: () => text,
    html: () => html,
    shared: () => shared,
    values: () => ({}),
    encodedText: () => ({ parts: encodePieces([text]), isReady: false }),
    encodedHtml: () => ({ parts: encodePieces([html]), isReady: false }),
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
