// The segment as a form, and a form as a segment.
import { JURISDICTIONS } from '../../../congress/jurisdiction.ts'
import { OUTCOMES } from '../../../congress/outcome.ts'
import {
  outcomeWords,
  readSegment,
  type Segment,
  type SegmentKey,
  type SegmentProblem,
} from '../../../campaign/segment.ts'
import type { FormFields } from '../desk.ts'
import { Field, Select } from '../parts/form.tsx'

const LISTS = ['states', 'seats', 'zips', 'outcomes', 'domains'] as const
type ListKey = (typeof LISTS)[number]

/** Returns what the fields say, or what is wrong with them. */
export function segmentOfForm(form: FormFields): ReturnType<typeof readSegment> {
  const given: Record<string, unknown> = {}
  for (const key of LISTS) {
    const values = valuesOf(key, form[key] ?? '')
    if (values.length > 0) given[key] = { not: form[`${key}-not`] === 'not', values }
  }
  for (const key of ['joinedSince', 'joinedBefore'] as const) {
    const day = (form[key] ?? '').trim()
    if (day !== '') given[key] = day
  }
  return readSegment(given)
}

function valuesOf(key: ListKey, text: string): string[] {
  const words = key === 'outcomes' ? text.split(/[,;\n]+/) : text.split(/[\s,;]+/)
  return words
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => normal(key, word))
}

function normal(key: ListKey, word: string): string {
  if (key === 'domains') return word.toLowerCase().replace(/^@/, '')
  if (key === 'outcomes') return word.toLowerCase().replaceAll(' ', '_')
  if (key === 'seats') return seatOf(word.toUpperCase())
  return key === 'states' ? word.toUpperCase() : word
}

/** `OR-3` and `VT-AL` are how people write a seat. */
function seatOf(word: string): string {
  const short = /^([A-Z]{2})-(\d{1,2}|AL)$/.exec(word)
  if (!short) return word
  return `US-H-${short[1] ?? ''}-${short[2] === 'AL' ? '00' : (short[2] ?? '').padStart(2, '0')}`
}

/** Returns the fields that a segment fills. */
export function formOfSegment(segment: Segment | null): FormFields {
  if (segment === null) return {}
  const fields: Record<string, string> = {}
  for (const key of LISTS) {
    const part = segment[key]
    if (part === undefined) continue
    const values: readonly string[] = part.values
    fields[key] = values.map((value) => (key === 'outcomes' ? value.replaceAll('_', ' ') : value)).join(', ')
    if (part.not) fields[`${key}-not`] = 'not'
  }
  if (segment.joinedSince) fields['joinedSince'] = segment.joinedSince
  if (segment.joinedBefore) fields['joinedBefore'] = segment.joinedBefore
  return fields
}

interface PartProps {
  name: ListKey
  label: string
  hint: string
  is: string
  isNot: string
  form: FormFields
  problems: readonly SegmentProblem[]
}

function Part({ name, label, hint, is, isNot, form, problems }: PartProps) {
  return (
    <div class="part">
      <Select
        name={`${name}-not`}
        label={label}
        value={form[`${name}-not`] ?? ''}
        options={[
          ['', is],
          ['not', isNot],
        ]}
      />
      <Field
        name={name}
        label={`${label}: which`}
        hint={hint}
        value={form[name]}
        error={problemsOf(problems, name)}
        maxlength={4000}
      />
    </div>
  )
}

function problemsOf(problems: readonly SegmentProblem[], key: SegmentKey): string {
  return problems
    .filter((problem) => problem.key === key)
    .map(({ message }) => message)
    .join('; ')
}

/** All fields of a segment. Empty ones filter nothing. */
export function SegmentFields({ form, problems }: { form: FormFields; problems: readonly SegmentProblem[] }) {
  const common = { form, problems }
  return (
    <>
      <Part
        {...common}
        name="states"
        label="States"
        is="live in"
        isNot="do not live in"
        hint={`Two letters each, like OR, WA. ${JURISDICTIONS.length} are known.`}
      />
      <Part
        {...common}
        name="seats"
        label="House seats"
        is="may live in"
        isNot="cannot live in"
        hint="Like OR-3, WA-7, VT-AL."
      />
      <Part
        {...common}
        name="zips"
        label="ZIP codes"
        is="start with"
        isNot="do not start with"
        hint="One to five digits each, like 97, 981."
      />
      <Part
        {...common}
        name="outcomes"
        label="Outcomes"
        is="are"
        isNot="are not"
        hint={`Any of ${OUTCOMES.map(outcomeWords).join(', ')}.`}
      />
      <Part
        {...common}
        name="domains"
        label="Domains"
        is="have an address at"
        isNot="have no address at"
        hint="Like example.org."
      />
      <div class="pair">
        <Field
          name="joinedSince"
          label="Joined on this day or later"
          type="date"
          value={form['joinedSince']}
          error={problemsOf(problems, 'joinedSince')}
        />
        <Field
          name="joinedBefore"
          label="Joined before this day"
          type="date"
          value={form['joinedBefore']}
          error={problemsOf(problems, 'joinedBefore')}
        />
      </div>
      <p class="small">Days are those of UTC.</p>
    </>
  )
}
