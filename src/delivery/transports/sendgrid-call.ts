// Messages of one variant as the body of one SendGrid call, and how messages are dealt out to calls.
import type { Message } from '../../message/message.ts'

/** Header names we let through to SendGrid, which reserves some and would even take an `Authorization` as our key. */
const HEADERS: ReadonlySet<string> = new Set(
  [
    'List-Unsubscribe',
    'List-Unsubscribe-Post',
    'List-Id',
    'List-Help',
    'Feedback-ID',
    'Precedence',
    'X-Rollcall-Delivery',
    'X-Auto-Response-Suppress',
    'Auto-Submitted',
    'Content-Language',
  ].map((name) => name.toLowerCase()),
)

/** The API takes 10,000 bytes of substitutions a personalization; a margin for the quotes and marks. */
const MOST_SUBSTITUTION_BYTES = 9_500

/** What @sendgrid/mail is given; each personalization is one subscriber. */
export interface Call {
  from: { email: string; name: string }
  replyTo: { email: string; name: string }
  subject: string
  content: { type: string; value: string }[]
  personalizations: Personalization[]
  substitutionWrappers: string[]
  trackingSettings: Record<
    'clickTracking' | 'openTracking' | 'subscriptionTracking' | 'ganalytics',
    { enable: boolean }
  >
}

interface Personalization {
  to: { email: string; name?: string }
  headers: Record<string, string>
  customArgs: { rollcall_delivery: string }
  substitutions: Record<string, string>
}

/** A message with its place in the answer and the address it goes to. */
export interface Item {
  index: number
  message: Message
  to: string
}

/** Returns a sentence when a header of the message is not one we hand to SendGrid, else null. */
export function refuseHeaders(message: Message): string | null {
  const bad = message.headers.find(([name, value]) => !HEADERS.has(name.toLowerCase()) || !/^[\x20-\x7e]*$/.test(value))
  return bad ? `not sent, the header ${bad[0]} is not one that may be handed to SendGrid` : null
}

/**
 * Returns the items in calls of up to `most`: a call shares content, sender and reply address, and holds no address
 * twice. A message whose values cannot be substituted safely gets a call of its own with its finished content.
 */
export function dealOut(items: readonly Item[], most: number): Item[][] {
  const calls: { key: unknown; sender: string; addresses: Set<string>; items: Item[] }[] = []
  for (const item of items) {
    const key = isSubstitutable(item.message) ? item.message.shared : item
    const sender = senderKey(item.message)
    const address = item.to.toLowerCase()
    const fits = calls.find(
      (call) => call.key === key && call.sender === sender && call.items.length < most && !call.addresses.has(address),
    )
    if (fits) {
      fits.items.push(item)
      fits.addresses.add(address)
    } else calls.push({ key, sender, addresses: new Set([address]), items: [item] })
  }
  return calls.map((call) => call.items)
}

/** Returns the call that carries these items, which `dealOut` put together. */
export function buildCall(items: readonly [Item, ...Item[]]): Call {
  const { message } = items[0]
  const isShared = isSubstitutable(message)
  const { subject, text, html } = isShared ? message.shared : message
  const off = { enable: false }
  return {
    from: { email: message.from.address, name: message.from.name },
    replyTo: { email: message.replyTo.address, name: message.replyTo.name },
    subject,
    content: [
      { type: 'text/plain', value: text },
      { type: 'text/html', value: html },
    ],
    personalizations: items.map((item) => personalize(item, isShared)),
    substitutionWrappers: ['', ''], // the marks are complete already
    trackingSettings: { clickTracking: off, openTracking: off, subscriptionTracking: off, ganalytics: off },
  }
}

/** The delivery id is the only thing SendGrid keeps for good, so it stands alone: no address, no name. */
function personalize({ message, to }: Item, isShared: boolean): Personalization {
  return {
    to: message.to.name === '' ? { email: to } : { email: to, name: message.to.name },
    headers: { ...Object.fromEntries(message.headers), 'Message-ID': `<${message.messageId}>` },
    customArgs: { rollcall_delivery: message.deliveryId },
    substitutions: isShared ? { ...message.values } : {},
  }
}

/** SendGrid puts values in for marks without looking whether a value holds a mark itself. */
function isSubstitutable({ values }: Message): boolean {
  const marks = Object.keys(values)
  const bytes = Object.entries(values).reduce(
    (sum, [mark, value]) => sum + Buffer.byteLength(JSON.stringify(mark) + JSON.stringify(value)),
    0,
  )
  return (
    bytes <= MOST_SUBSTITUTION_BYTES &&
    !Object.values(values).some((value) => marks.some((mark) => value.includes(mark)))
  )
}

function senderKey({ from, replyTo }: Message): string {
  return JSON.stringify([from.address, from.name, replyTo.address, replyTo.name])
}
