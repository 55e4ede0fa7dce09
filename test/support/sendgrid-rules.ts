// What the public v3 Mail Send reference says a request must and must not hold.

export interface ApiError {
  field: string | null
  message: string
}

const RESERVED = [
  'x-sg-id',
  'x-sg-eid',
  'received',
  'dkim-signature',
  'content-type',
  'content-transfer-encoding',
  'to',
  'from',
  'subject',
  'reply-to',
  'cc',
  'bcc',
]
const TOP_LEVEL = [
  'personalizations',
  'from',
  'reply_to',
  'reply_to_list',
  'subject',
  'content',
  'attachments',
  'template_id',
  'headers',
  'categories',
  'custom_args',
  'send_at',
  'batch_id',
  'asm',
  'ip_pool_name',
  'mail_settings',
  'tracking_settings',
]
const PERSONAL = [
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'headers',
  'substitutions',
  'dynamic_template_data',
  'custom_args',
  'send_at',
]

/** Returns what is wrong with the body of a call to /v3/mail/send; empty when the API would take it. */
export function checkSend(call: unknown, refused: readonly string[] = []): ApiError[] {
  const errors: ApiError[] = []
  const complain = (where: string, message: string): void => void errors.push({ field: where, message })
  for (const key of keys(call)) if (!TOP_LEVEL.includes(key)) complain(key, 'is not a parameter')
  checkAddress(field(call, 'from'), 'from', complain)
  if (field(call, 'reply_to') !== undefined) checkAddress(field(call, 'reply_to'), 'reply_to', complain)
  if (text(field(call, 'subject')) === '') complain('subject', 'is required')
  checkContent(list(field(call, 'content')), complain)
  checkHeaders(field(call, 'headers'), 'headers', complain)
  checkPersonalizations(list(field(call, 'personalizations')), complain)
  for (const [index, each] of list(field(call, 'personalizations')).entries()) {
    const address = text(field(list(field(each, 'to'))[0], 'email'))
    if (refused.includes(address))
      complain(`personalizations.${index}.to.0.email`, `The address ${address} is not valid`)
  }
  return errors
}

type Complain = (where: string, message: string) => void

function checkContent(parts: unknown[], complain: Complain): void {
  if (parts.length === 0) complain('content', 'is required')
  for (const [index, part] of parts.entries()) {
    if (text(field(part, 'type')) === '') complain(`content.${index}.type`, 'is required')
    if (text(field(part, 'value')) === '') complain(`content.${index}.value`, 'must be at least one character')
  }
  const types = parts.map((part) => field(part, 'type'))
  if (types.includes('text/plain') && types[0] !== 'text/plain') complain('content', 'text/plain comes first')
}

function checkPersonalizations(all: unknown[], complain: Complain): void {
  if (all.length === 0) complain('personalizations', 'is required')
  if (all.length > 1_000) complain('personalizations', 'must have 1,000 objects or fewer')
  const addresses = new Set<string>()
  for (const [index, each] of all.entries()) {
    const at = `personalizations.${index}`
    for (const key of keys(each)) if (!PERSONAL.includes(key)) complain(`${at}.${key}`, 'is not a parameter')
    const to = list(field(each, 'to'))
    if (to.length === 0) complain(`${at}.to`, 'is required')
    for (const [place, mailbox] of to.entries()) {
      checkAddress(mailbox, `${at}.to.${place}`, complain)
      const address = text(field(mailbox, 'email')).toLowerCase()
      if (addresses.has(address))
        complain(`${at}.to.${place}`, 'each email address should be unique between to, cc, and bcc')
      addresses.add(address)
    }
    checkHeaders(field(each, 'headers'), `${at}.headers`, complain)
    checkStrings(field(each, 'custom_args'), `${at}.custom_args`, complain)
    checkStrings(field(each, 'substitutions'), `${at}.substitutions`, complain)
    if (bytes(field(each, 'custom_args')) > 10_000) complain(`${at}.custom_args`, 'may not exceed 10,000 bytes')
    if (bytes(field(each, 'substitutions')) > 10_000) complain(`${at}.substitutions`, 'may not exceed 10,000 bytes')
  }
}

function checkAddress(mailbox: unknown, where: string, complain: Complain): void {
  if (!/^[^\s@<>,;"()]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(text(field(mailbox, 'email'))))
    complain(`${where}.email`, 'Does not contain a valid address.')
}

function checkHeaders(headers: unknown, where: string, complain: Complain): void {
  checkStrings(headers, where, complain)
  for (const name of keys(headers)) {
    if (RESERVED.includes(name.toLowerCase())) complain(`${where}.${name}`, 'is a reserved header')
    if (!/^[\x21-\x39\x3b-\x7e]+$/.test(name)) complain(`${where}.${name}`, 'is not a header name')
  }
}

function checkStrings(values: unknown, where: string, complain: Complain): void {
  for (const key of keys(values))
    if (typeof field(values, key) !== 'string') complain(`${where}.${key}`, 'must be a string')
}

/** Returns the property, or undefined where there is none. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function keys(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function bytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value))
}
