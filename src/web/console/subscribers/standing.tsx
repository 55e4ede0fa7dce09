// Whether mail may go to a subscriber, in a word.
import type { Desk } from '../desk.ts'
import { Badge, When } from '../parts/figures.tsx'

const WHY: Readonly<Record<string, string>> = {
  unsubscribe: 'opted out',
  complaint: 'complained',
  hard_bounce: 'no such mailbox',
  legal: 'legal',
  manual: 'by staff',
  import: 'from another list',
}

interface StandingProps {
  desk: Desk
  suppressed: string | null
  pausedUntil: Date | null
  consentEnded: boolean
}

/** The mark in lists and on the page of a person. */
export function Standing({ desk, suppressed, pausedUntil, consentEnded }: StandingProps) {
  if (suppressed !== null) return <Badge name="bounced" words={`suppressed: ${WHY[suppressed] ?? suppressed}`} />
  if (consentEnded) return <Badge name="skipped" words="consent has ended" />
  if (pausedUntil !== null) {
    return (
      <>
        <Badge name="deferred" words="on a break" /> <span class="small">until </span>
        <When desk={desk} at={pausedUntil} />
      </>
    )
  }
  return <Badge name="sent" words="may be written to" />
}
