// Keeps the open issues of a roll call equal to what the latest import found.
import type { Db } from '../../store/connect.ts'
import { closeIssues, insertIssues, loadIssues } from '../import-issues.ts'
import type { Finding } from '../import-issues.ts'

/** Findings that hold only as long as an import finds them again. */
const STANDING = new Set(['unknown_id', 'no_term', 'state_mismatch', 'unlisted_legislator', 'seat_count'])

/** Opens what is new, closes what is gone, and earlier refusals once a file is accepted; what a person has settled stays settled. Returns how many of each. */
export async function reconcileIssues(
  db: Db,
  findings: readonly Finding[],
  about: { sourceId: string | null; rollCallId: string; now: Date; fileAccepted: boolean },
): Promise<{ opened: number; closed: number }> {
  const known = (await loadIssues(db, { rollCallIds: [about.rollCallId] })).filter(
    (issue) => STANDING.has(issue.code) || (about.fileAccepted && issue.code === 'refused_file'),
  )
  const found = new Set(findings.map(keyOf))
  const seen = new Set(known.filter((issue) => issue.resolvedAt === null || !isSuperseded(issue.resolution)).map(keyOf))
  const fresh = findings.filter((finding) => !seen.has(keyOf(finding)))
  const gone = known.filter((issue) => issue.resolvedAt === null && !found.has(keyOf(issue)))
  await insertIssues(db, fresh, about)
  await closeIssues(
    db,
    gone.map((issue) => issue.id),
    SUPERSEDED,
    about.now,
  )
  return { opened: fresh.length, closed: gone.length }
}

const SUPERSEDED = 'no longer found by a later import'

/** An issue that went away by itself comes back when it is found again; one that a person settled does not. */
function isSuperseded(resolution: string | null): boolean {
  return resolution === SUPERSEDED
}

function keyOf(finding: Pick<Finding, 'code' | 'subject' | 'severity'>): string {
  return `${finding.code} ${finding.severity} ${finding.subject}`
}
