// Delivery status notifications (RFC 3464, international form RFC 6533): what each recipient's block says.
import { fieldOf, fieldsOf, readFields, type Field } from './header-block.ts'

export interface RecipientStatus {
  recipient: string | null
  /** Lower case; `failed` where the block does not say otherwise. */
  action: string
  /** Enhanced status code of the Status field (RFC 3463), or null. */
  status: string | null
  /** What follows the code: `5.2.1 (mailbox disabled)`. */
  comment: string
  /** Diagnostic-Code without its type, or empty. */
  diagnostic: string
  /** `smtp`, `x-unix`, ... */
  diagnosticType: string
  remote: string
}

export interface DeliveryStatus {
  envelopeId: string | null
  recipients: readonly RecipientStatus[]
}

const MOST_RECIPIENTS = 100
const STARTS = new Set(['final-recipient', 'action', 'status'])

/** Returns the blocks of a message/delivery-status part. Blocks that run into each other are told apart by fields that come twice. */
export function readDeliveryStatus(text: string): DeliveryStatus {
  let envelopeId: string | null = null
  const recipients: RecipientStatus[] = []
  for (const fields of text.split(/\n[ \t]*\n/).flatMap((block) => apart(readFields(block)))) {
    envelopeId ??= fieldOf(fields, 'original-envelope-id')
    const names = fieldsOf(fields, 'final-recipient', 'original-recipient', 'action')
    if (names.length > 0 && recipients.length < MOST_RECIPIENTS) recipients.push(readRecipient(fields))
  }
  return { envelopeId, recipients }
}

function apart(fields: readonly Field[]): Field[][] {
  const blocks: Field[][] = [[]]
  let seen = new Set<string>()
  for (const field of fields) {
    const [name] = field
    if (STARTS.has(name) && seen.has(name)) {
      blocks.push([])
      seen = new Set()
    }
    if (STARTS.has(name)) seen.add(name)
    blocks.at(-1)?.push(field)
  }
  return blocks
}

function readRecipient(fields: readonly Field[]): RecipientStatus {
  const final = addressOf(fieldOf(fields, 'final-recipient') ?? '')
  const original = addressOf(fieldOf(fields, 'original-recipient') ?? '')
  const [, status = null, comment = ''] =
    /^\s*([245]\.\d{1,3}\.\d{1,3})\b(.*)$/.exec(fieldOf(fields, 'status') ?? '') ?? []
  const diagnostics = fieldsOf(fields, 'diagnostic-code')
  const [, type = '', said = ''] = /^\s*([\w-]+)\s*;\s*(.*)$/s.exec(diagnostics[0] ?? '') ?? [
    '',
    '',
    diagnostics[0] ?? '',
  ]
  return {
    recipient: final ?? original,
    action: actionOf(fieldOf(fields, 'action') ?? '', status, fieldOf(fields, 'will-retry-until') !== null),
    status,
    comment: comment.trim(),
    diagnostic: [said, ...diagnostics.slice(1)].join(' ').trim(),
    diagnosticType: type.toLowerCase(),
    remote: (fieldOf(fields, 'remote-mta') ?? '').replace(/^[\w-]+\s*;\s*/, ''),
  }
}

/** Action must be there (RFC 3464 section 2.3.3); where it is not, the other fields tell. */
function actionOf(text: string, status: string | null, isRetried: boolean): string {
  const word = /[a-z]+/.exec(text.toLowerCase())?.[0]
  if (word !== undefined) return word
  if (status?.startsWith('2')) return 'delivered'
  return isRetried ? 'delayed' : 'failed'
}

/** Returns the address of `rfc822; ana@example.org`; xtext and UTF-8 forms (RFC 6533 section 3) are decoded. */
export function addressOf(field: string): string | null {
  const [, type = '', rest = field] = /^\s*([\w-]+)\s*;(.*)$/.exec(field) ?? []
  const text = (/<([^<>]{1,320})>/.exec(rest)?.[1] ?? rest.slice(0, 400)).replaceAll(/[<>]/g, '').trim()
  const plain = type.toLowerCase() === 'utf-8' ? text.replace(/\\x\{([0-9a-f]{1,6})\}/gi, decodeUnit) : text
  return plain === '' || plain.length > 320 ? null : plain
}

function decodeUnit(whole: string, hex: string): string {
  const point = Number.parseInt(hex, 16)
  return point <= 0x10ffff ? String.fromCodePoint(point) : whole
}
