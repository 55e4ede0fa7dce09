// The part of the check about people: how many, whose ZIP is ambiguous or unknown, who is skipped.
import { sql } from 'kysely'
import type { Manifest } from '../message/manifest.ts'
import type { Problem } from '../message/problem.ts'
import type { Db } from '../store/connect.ts'
import { peopleOf } from './segment-people.ts'
import { describeSegment, type Segment } from './segment.ts'
import type { VariantPlan } from './variants.ts'

/** Returns what there is to say about the audience as it is now. */
export async function checkAudience(
  db: Db,
  { variants }: VariantPlan,
  manifest: Pick<Manifest, 'ambiguous' | 'unresolved'>,
  segment: Segment | null,
): Promise<Problem[]> {
  const of = (outcome: string) =>
    variants.filter(({ match }) => match.outcome === outcome).reduce((sum, { subscribers }) => sum + subscribers, 0)
  const audience = variants.reduce((sum, { subscribers }) => sum + subscribers, 0)
  if (audience === 0) {
    return [
      {
        severity: 'error',
        code: 'no_audience',
        message:
          segment === null
            ? 'there are no subscribers'
            : `no subscriber is in the segment: ${describeSegment(segment)}`,
        hint: segment === null ? 'rollcall subscribers import FILE.csv' : 'widen the segment, or import subscribers',
      },
    ]
  }
  const [ambiguous, unresolved, suppressed, smtpUtf8] = [
    of('ambiguous'),
    of('unresolved'),
    await countSuppressed(db, segment),
    await countSmtpUtf8(db, segment),
  ]
  return [
    notice('audience', audienceSentence(audience, suppressed, segment)),
    ...(ambiguous > 0
      ? [
          notice(
            'ambiguous',
            `${ambiguous} subscribers live in a ZIP that leaves the outcome open; policy ${manifest.ambiguous}: ${AMBIGUOUS[manifest.ambiguous]}`,
          ),
        ]
      : []),
    ...(unresolved > 0
      ? [
          notice(
            'unresolved',
            `${unresolved} subscribers have no ZIP, or one without a member of Congress; policy ${manifest.unresolved}: ${UNRESOLVED[manifest.unresolved]}`,
          ),
        ]
      : []),
    ...(smtpUtf8 > 0
      ? [warning('smtputf8', `${smtpUtf8} addresses need SMTPUTF8 on every hop and fail where it is missing`)]
      : []),
  ]
}

/** Seats are not looked at for each address here: in a segment the figure of the suppressed is an upper bound. */
function audienceSentence(audience: number, suppressed: number, segment: Segment | null): string {
  if (segment === null) return `${audience} subscribers, ${suppressed} of them suppressed and skipped`
  return `${audience} subscribers, at most ${suppressed} of them suppressed and skipped: ${describeSegment(segment)}`
}

const AMBIGUOUS = {
  senators_only: 'they get the text about their senators and a link to say where they live',
  show_all: 'they get every possible representative by name',
  skip: 'they are skipped',
} as const

const UNRESOLVED = { generic: 'they get the general text', skip: 'they are skipped' } as const

function notice(code: string, message: string): Problem {
  return { severity: 'notice', code, message }
}

function warning(code: string, message: string): Problem {
  return { severity: 'warning', code, message }
}

async function countSuppressed(db: Db, segment: Segment | null): Promise<number> {
  // Subscribers who must not be written to.
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM subscriber s JOIN suppression p ON p.address_key = s.address_key
    WHERE ${peopleOf(segment) ?? sql`true`}`.execute(db)
  return rows[0]?.count ?? 0
}

async function countSmtpUtf8(db: Db, segment: Segment | null): Promise<number> {
  // Addresses with a local part outside ASCII.
  const { rows } = await sql<{
    count: number
  }>`SELECT count(*)::int AS count FROM subscriber s WHERE s.needs_smtputf8 AND ${peopleOf(segment) ?? sql`true`}`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}
