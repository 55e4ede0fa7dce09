// The manifest: campaign.yaml as a value, checked key by key and reported with line and column.
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import { z } from 'zod'
import type { Stance } from '../congress/stance.ts'
import { OPTIONS } from '../congress/position.ts'
import { nearest } from '../core/nearest.ts'
import type { Problem } from './problem.ts'

const MAX_MANIFEST_BYTES = 64 * 1024

// Line ends, other control characters, bidi controls and lone surrogates never belong in a header (threats T4, T27).
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u
const UNSAFE_BUT_LINES = /(?![\n\t])\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u

function line(max: number) {
  return z
    .string()
    .trim()
    .min(1, 'is empty; write something')
    .max(max, `is longer than ${max} characters; shorten it`)
    .refine((text) => !UNSAFE.test(text), 'holds a line break, control or direction character; remove it')
}

function lines(max: number) {
  return z
    .string()
    .trim()
    .min(1, 'is empty; write something')
    .max(max, `is longer than ${max} characters; shorten it`)
    .refine((text) => !UNSAFE_BUT_LINES.test(text), 'holds a control or direction character; remove it')
}

// Dot-atom local part and a domain of two or more labels (mail-rules: no quoted parts, comments or literals).
const ADDRESS =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[\p{L}\p{N}-]{1,63}\.)+[\p{L}\p{N}-]{2,63}$/iu
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i

const mailbox = z.strictObject({
  name: line(100).refine((name) => !name.includes('@'), 'holds an address; a display name must not look like one'),
  address: z.string().max(254).regex(ADDRESS, 'is not an address; write name@example.org'),
})

const httpsUrl = z.string().refine((text) => {
  const url = URL.parse(text)
  return url?.protocol === 'https:' && url.username === '' && !UNSAFE.test(text) && !/\s/.test(text)
}, 'is not an https URL; write https://…')

const RULED = ['champion', 'opponent', 'neutral', 'absent'] as const

const optionKey = z
  .string()
  .refine((key) => (OPTIONS as readonly string[]).includes(key) || /^candidate:\S/.test(key), {
    error: `is no position; use ${OPTIONS.join(', ')} or candidate:NAME`,
  })

const rollCall = z.strictObject({
  id: z.string().regex(/^[hs]\d{1,4}-\d{1,3}\.\d{4}$/, 'is no roll call id; write h708-115.2017'),
  role: z.enum(['primary', 'secondary']),
  stances: z
    .record(optionKey, z.enum(RULED))
    .refine((rules) => Object.keys(rules).length > 0, 'gives no stance; write at least yea and nay'),
})

const label = line(40)
const script = lines(2000).optional()

const schema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'is no slug; use a-z, 0-9 and single hyphens')
    .max(40),
  title: line(120),
  language: z.string().regex(/^[a-z]{2,3}(?:-[A-Z]{2})?$/, 'is no language tag; write en-US'),
  purpose: z.enum(['advocacy', 'fundraising', 'commercial', 'transactional']),
  list: z.strictObject({
    id: z.string().max(200).regex(HOST, 'is no list id; write it like a host name, alerts.example.org'),
    name: line(60),
  }),
  from: mailbox,
  replyTo: mailbox,
  feedbackId: z.string().regex(/^[A-Za-z0-9-]{5,15}$/, 'is no sender id; use 5 to 15 letters, digits or hyphens'),
  subject: line(1000),
  preheader: line(1000),
  rollCalls: z.array(rollCall).min(1, 'is empty; name at least one roll call').max(10),
  labels: z.strictObject({
    champion: label,
    opponent: label,
    neutral: label,
    absent: label,
    vacant: label,
    cannot_vote: label,
    not_serving: label,
  } satisfies Record<Stance, z.ZodType>),
  callOn: z.iso.date('is not a date; write 2017-12-22').optional(),
  ambiguous: z.enum(['senators_only', 'show_all', 'skip']).default('senators_only'),
  unresolved: z.enum(['generic', 'skip']).default('generic'),
  hotline: z
    .strictObject({
      number: z.string().regex(/^\+?[0-9][0-9 ().-]{5,20}$/, 'is no phone number; write 1-855-555-0100'),
    })
    .optional(),
  donation: z.strictObject({ url: httpsUrl, amount: z.number().positive().max(100_000), byMail: line(200) }).optional(),
  organisation: z.strictObject({
    name: line(120),
    who: lines(400),
    postalAddress: lines(200),
    legal: lines(600),
    website: httpsUrl,
  }),
  scripts: z.strictObject({
    champion: script,
    opponent: script,
    neutral: script,
    absent: script,
    vacant: script,
    cannot_vote: script,
    not_serving: script,
    succeeded: script,
  } satisfies Record<Stance | 'succeeded', z.ZodType>),
  expiresAfterHours: z
    .number()
    .int()
    .min(1)
    .max(24 * 30)
    .default(72),
  doubt: z.enum(['hold', 'resend']).default('hold'),
})

export type Manifest = z.infer<typeof schema>

/** A stance, or `succeeded`: the keys a manifest may give a script for. */
export type ScriptKey = keyof Manifest['scripts']

export type ManifestResult = { ok: true; manifest: Manifest } | { ok: false; problems: Problem[] }

/** Returns the manifest in `yamlText`, or every problem with its line and column in `fileName`. */
export function parseManifest(yamlText: string, fileName = 'campaign.yaml'): ManifestResult {
  if (Buffer.byteLength(yamlText) > MAX_MANIFEST_BYTES) {
    return { ok: false, problems: [tooBig(yamlText, fileName)] }
  }
  const counter = new LineCounter()
  // The core schema of YAML 1.2: a date stays a string, and "no" is a word. Aliases are capped against blow-up.
  const document = parseDocument(yamlText, {
    lineCounter: counter,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
  })
  const place = (offset: number) => ({ file: fileName, ...position(counter, offset) })
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => syntaxProblem(error.message, place(error.pos[0])))
    return { ok: false, problems }
  }
  const value = valueOf(document)
  if (value === TOO_MANY_ALIASES) return { ok: false, problems: [syntaxProblem(TOO_MANY_ALIASES, place(0))] }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, manifest: parsed.data }
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, value, document, place))
  return { ok: false, problems }
}

const TOO_MANY_ALIASES = 'the file refers to its own parts too often'

function valueOf(document: Document): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 20 })
    return value
  } catch (error) {
    if (error instanceof ReferenceError) return TOO_MANY_ALIASES
    throw error
  }
}

function tooBig(text: string, file: string): Problem {
  return {
    severity: 'error',
    code: 'manifest_too_big',
    message: `${file} has ${Buffer.byteLength(text)} bytes`,
    hint: `keep it under ${MAX_MANIFEST_BYTES}`,
    file,
  }
}

function syntaxProblem(message: string, at: Partial<Problem>): Problem {
  return { severity: 'error', code: 'manifest_syntax', message: message.trim(), hint: 'write valid YAML 1.2', ...at }
}

function position(counter: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = counter.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

type Place = (offset: number) => Partial<Problem>

function problemsOf(issue: z.core.$ZodIssue, value: unknown, document: Document, place: Place): Problem[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...path, key], document, place))
  }
  const given = at(value, path)
  const name = path.join('.') || 'the manifest'
  // zod says "Invalid key in record" for a bad key and keeps the reason one level down.
  const reason = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  if (given === undefined) {
    const message = `${name} is missing`
    return [{ severity: 'error', code: 'manifest_missing', message, hint: 'add it', ...placeOf(document, path, place) }]
  }
  const shown = issue.code === 'invalid_key' ? path.at(-1) : given
  const message = `${name}: ${echo(shown)} ${reason[0]?.toLowerCase() ?? ''}${reason.slice(1)}`
  return [{ severity: 'error', code: 'manifest_value', message, ...placeOf(document, path, place) }]
}

function unknownKey(path: string[], document: Document, place: Place): Problem {
  const key = path.at(-1) ?? ''
  const known = knownKeys(path.slice(0, -1))
  const near = nearest(key, known)
  return {
    severity: 'error',
    code: 'manifest_unknown_key',
    message: `${path.join('.')} is not a key of the manifest`,
    hint: near ? `did you mean ${near}?` : `known here: ${known.join(', ')}`,
    ...placeOf(document, path, place),
  }
}

/** Returns the keys the schema allows at `path`, walking through arrays and optional parts. */
function knownKeys(path: readonly string[]): string[] {
  let here: unknown = schema
  for (const key of path) {
    here = inner(here)
    if (here instanceof z.ZodObject) here = here.shape[key] as unknown
    else if (here instanceof z.ZodArray) here = here.element
  }
  here = inner(here)
  return here instanceof z.ZodObject ? Object.keys(here.shape) : []
}

function inner(part: unknown): unknown {
  return part instanceof z.ZodOptional || part instanceof z.ZodDefault ? inner(part.unwrap()) : part
}

/** Returns the place of the key or item at `path`, or of its nearest parent that is there. */
function placeOf(document: Document, path: readonly string[], place: Place): Partial<Problem> {
  for (let depth = path.length; depth > 0; depth--) {
    const keys = path.slice(0, depth).map((key) => (/^\d+$/.test(key) ? Number(key) : key))
    const node: unknown = document.getIn(keys, true)
    const name = keyNode(document.getIn(keys.slice(0, -1), true), path[depth - 1])
    const start = name ?? (isNode(node) ? node.range?.[0] : undefined)
    if (start !== undefined) return place(start)
  }
  return place(0)
}

function keyNode(map: unknown, key: string | undefined): number | undefined {
  if (!isMap(map)) return undefined
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key)
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}

function at(value: unknown, path: readonly string[]): unknown {
  let here = value
  for (const key of path) {
    if (here === null || typeof here !== 'object') return undefined
    here = new Map<string, unknown>(Object.entries(here)).get(key)
  }
  return here
}

function echo(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/** Returns where the value of a key starts in the text of campaign.yaml: the offset of the key, or 0. */
export function offsetOfKey(yamlText: string, path: readonly string[]): number {
  const document = parseDocument(yamlText, { version: '1.2', schema: 'core', prettyErrors: false })
  return keyNode(document.getIn(path.slice(0, -1), true) ?? document.contents, path.at(-1)) ?? 0
}
