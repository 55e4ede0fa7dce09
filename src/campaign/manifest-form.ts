// The usual fields of campaign.yaml as a form: what stands in each, and what typing something else changes in the file.
import { isScalar, parseDocument } from 'yaml'
import { STANCES } from '../congress/stance.ts'
import { editManifest, type Edit } from './manifest-edit.ts'

export interface FormField {
  /** The path in the manifest, with dots: `from.name`. */
  name: string
  label: string
  hint?: string
  kind: 'line' | 'lines' | 'folded' | 'number' | 'choice'
  /** Of a choice: value and what it means. */
  choices?: readonly (readonly [value: string, label: string])[]
}

export interface FormGroup {
  title: string
  hint?: string
  fields: readonly FormField[]
}

const SCRIPTS = [
  ['champion', 'To a champion: thanks'],
  ['opponent', 'To an opponent: accountability'],
  ['neutral', 'To one who took no side'],
  ['absent', 'To one who did not vote'],
  ['vacant', 'To a candidate, where the seat is vacant'],
  ['cannot_vote', 'To a delegate, who has no vote'],
  ['not_serving', 'To one who was not yet sworn in'],
  ['succeeded', 'To one who came after the one who voted'],
] as const

const STANCE_WORDS: Record<(typeof STANCES)[number], string> = {
  champion: 'Champion',
  opponent: 'Opponent',
  neutral: 'Neutral',
  absent: 'Absent',
  vacant: 'Vacant seat',
  cannot_vote: 'No vote in Congress',
  not_serving: 'Not serving',
}

/** The groups of the form, in order. */
export const FORM_GROUPS: readonly FormGroup[] = [
  {
    title: 'What it says first',
    fields: [
      { name: 'title', label: 'Name of the campaign', kind: 'line' },
      { name: 'subject', label: 'Subject', kind: 'folded', hint: 'Up to 60 characters. Lines are joined with spaces.' },
      { name: 'preheader', label: 'Preheader', kind: 'folded', hint: 'Up to 90 characters, shown after the subject.' },
    ],
  },
  {
    title: 'Who it comes from',
    fields: [
      { name: 'from.name', label: 'From, name', kind: 'line' },
      { name: 'from.address', label: 'From, address', kind: 'line' },
      { name: 'replyTo.name', label: 'Reply to, name', kind: 'line' },
      { name: 'replyTo.address', label: 'Reply to, address', kind: 'line' },
    ],
  },
  {
    title: 'What legislators are called',
    fields: STANCES.map((stance) => ({ name: `labels.${stance}`, label: STANCE_WORDS[stance], kind: 'line' as const })),
  },
  {
    title: 'What callers read aloud',
    hint: 'One short sentence a line. Empty: there is no such script.',
    fields: SCRIPTS.map(([key, label]) => ({ name: `scripts.${key}`, label, kind: 'lines' as const })),
  },
  {
    title: 'Call and give',
    fields: [
      { name: 'hotline.number', label: 'Hotline', kind: 'line', hint: 'Empty: no hotline.' },
      { name: 'donation.url', label: 'Donation page', kind: 'line', hint: 'https; empty: no ask.' },
      { name: 'donation.amount', label: 'Amount asked for, in dollars', kind: 'number' },
      { name: 'donation.byMail', label: 'Where to mail a check', kind: 'line' },
    ],
  },
  {
    title: 'Policies',
    fields: [
      {
        name: 'ambiguous',
        label: 'A ZIP that leaves the representative open',
        kind: 'choice',
        choices: [
          ['senators_only', 'write about the senators only'],
          ['show_all', 'name every possible representative'],
          ['skip', 'do not write'],
        ],
      },
      {
        name: 'unresolved',
        label: 'No ZIP, or one without a seat',
        kind: 'choice',
        choices: [
          ['generic', 'write the general text'],
          ['skip', 'do not write'],
        ],
      },
      {
        name: 'purpose',
        label: 'Purpose',
        kind: 'choice',
        choices: [
          ['advocacy', 'advocacy'],
          ['fundraising', 'fundraising'],
          ['commercial', 'commercial'],
          ['transactional', 'transactional'],
        ],
      },
      {
        name: 'doubt',
        label: 'When nobody knows whether a message went out',
        kind: 'choice',
        choices: [
          ['hold', 'hold it for a person to decide'],
          ['resend', 'send it again'],
        ],
      },
      { name: 'callOn', label: 'Day of the call', kind: 'line', hint: '2017-12-22; empty: the day it is sent.' },
      { name: 'expiresAfterHours', label: 'Hours until nothing more is sent', kind: 'number' },
    ],
  },
]

const FIELDS = FORM_GROUPS.flatMap((group) => group.fields)

/** Parts that are there as a whole or not at all: without their first field they go. */
const OPTIONAL_PARTS = { hotline: 'hotline.number', donation: 'donation.url' } as const

/** What a manifest says by saying nothing. */
const DEFAULTS: Readonly<Record<string, string>> = {
  ambiguous: 'senators_only',
  unresolved: 'generic',
  doubt: 'hold',
  expiresAfterHours: '72',
}

/** Returns what stands in each field, '' where nothing does; null when the text is no YAML and only text can mend it. */
export function formValues(yamlText: string): Record<string, string> | null {
  const document = parseDocument(yamlText, { version: '1.2', schema: 'core', prettyErrors: false })
  if (document.errors.length > 0) return null
  return Object.fromEntries(
    FIELDS.map(({ name, kind }) => {
      const node = document.getIn(name.split('.'), true)
      if (!isScalar(node)) return [name, DEFAULTS[name] ?? '']
      const lines = kind === 'folded' && node.range ? foldedLines(yamlText.slice(node.range[0], node.range[1])) : null
      return [name, lines?.join('\n') ?? scalarText(node.value)]
    }),
  )
}

function scalarText(value: unknown): string {
  return typeof value === 'string'
    ? value.trimEnd()
    : typeof value === 'number' || typeof value === 'boolean'
      ? `${value}`
      : ''
}

/** Returns the lines in which a folded text was written; null for one that is written otherwise. */
function foldedLines(source: string): string[] | null {
  const [head = '', ...rest] = source.trimEnd().split('\n')
  return /^>[-+]?\d*\s*$/.test(head) ? rest.map((line) => line.trim()) : null
}

/** Returns campaign.yaml with what was typed; fields that are as before change nothing. Throws `manifest_syntax`. */
export function withFormValues(yamlText: string, typed: Readonly<Record<string, string>>): string {
  const before = formValues(yamlText) ?? {}
  const changed = FIELDS.filter(({ name }) => typed[name] !== undefined && tidy(typed[name]) !== before[name])
  if (changed.length === 0) return yamlText
  const gone = Object.entries(OPTIONAL_PARTS)
    .filter(([, first]) => typed[first] !== undefined && tidy(typed[first]) === '')
    .map(([part]) => part)
  const edits = changed
    .filter(({ name }) => !gone.includes(name.split('.')[0] ?? ''))
    .map((field) => editOf(field, tidy(typed[field.name] ?? '')))
  return editManifest(yamlText, [...edits, ...gone.map((part) => ({ path: [part], value: undefined }))])
}

function tidy(text: string): string {
  return text.replace(/\r\n?/g, '\n').trimEnd()
}

function editOf({ name, kind }: FormField, text: string): Edit {
  const path = name.split('.')
  const isOptional = name.startsWith('scripts.') || name === 'callOn' || name in DEFAULTS
  if (text === '' && isOptional) return { path, value: undefined }
  if (kind === 'number' && text !== '' && Number.isFinite(Number(text))) return { path, value: Number(text) }
  if (kind === 'lines') return { path, value: `${text}\n` }
  if (kind !== 'folded') return { path, value: text }
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  return { path, value: lines.join(' '), ...(lines.length > 1 ? { lines } : {}) }
}
