// What imports could not take at face value, in the database, until a person or a later import settles it.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'

type Severity = 'blocking' | 'warning'

/** What an import found. `subject` makes the finding the same one at the next import. */
export interface Finding {
  code: string
  severity: Severity
  subject: string
  /** For the operator. */
  sentence: string
  /** Facts, as JSON. */
  facts?: Record<string, unknown>
}

export interface ImportIssue extends Finding {
  id: string
  rollCallId: string | null
  facts: Record<string, unknown>
  createdAt: Date
  resolvedAt: Date | null
  resolution: string | null
}

interface IssueFilter {
  rollCallIds?: readonly string[]
  /** Only those nobody has settled. */
  open?: boolean
}

/** Returns the issues, oldest first. */
export async function loadIssues(db: Db, filter: IssueFilter = {}): Promise<ImportIssue[]> {
  // Reads issues of all roll calls, or of some.
  let query = db.selectFrom('import_issue').selectAll().orderBy('id')
  if (filter.rollCallIds) query = query.where(sql<boolean>`roll_call_id = ANY(${[...filter.rollCallIds]}::text[])`)
  if (filter.open) query = query.where('resolved_at', 'is', null)
  return (await query.execute()).map((row) => {
    const { subject, sentence, ...facts } = row.detail
    return {
      id: row.id,
      rollCallId: row.roll_call_id,
      code: row.code,
      severity: row.severity,
      subject: String(subject),
      sentence: String(sentence),
      facts,
      createdAt: row.created_at,
      resolvedAt: row.resolved_at,
      resolution: row.resolution,
    }
  })
}

/** Adds issues. */
export async function insertIssues(
  db: Db,
  findings: readonly Finding[],
  about: { sourceId: string | null; rollCallId: string | null; now: Date },
): Promise<void> {
  if (findings.length === 0) return
  const details = findings.map(({ subject, sentence, facts }) => JSON.stringify({ subject, sentence, ...facts }))
  // Adds one open issue per finding.
  await sql`
    INSERT INTO import_issue (source_id, roll_call_id, code, severity, detail, created_at)
    SELECT ${about.sourceId}::bigint, ${about.rollCallId}::text, n.code, n.severity, n.detail, ${about.now}::timestamptz
    FROM unnest(${findings.map((f) => f.code)}::text[], ${findings.map((f) => f.severity)}::text[], ${details}::jsonb[]) AS n (code, severity, detail)`.execute(
    db,
  )
}

/** Closes issues that the data itself has settled. */
export async function closeIssues(db: Db, ids: readonly string[], resolution: string, now: Date): Promise<void> {
  // Closes open issues with the reason.
  await sql`UPDATE import_issue SET resolved_at = ${now}::timestamptz, resolution = ${resolution} WHERE id = ANY(${[...ids]}::bigint[]) AND resolved_at IS NULL`.execute(
    db,
  )
}

/** A person settles an issue. Throws `unknown_issue`, `already_resolved`, or `reason_missing`. */
export async function resolveIssue(
  db: Db,
  id: string,
  by: { name: string; reason: string },
  now: Date,
): Promise<ImportIssue> {
  if (by.reason.trim() === '' || by.name.trim() === '') {
    throw new RollcallError('reason_missing', `issue ${id} needs a name and a reason`, {
      hint: 'pass --as NAME --reason TEXT',
      kind: 'usage',
    })
  }
  const issue = /^\d{1,18}$/.test(id) ? (await loadIssues(db)).find((each) => each.id === id) : undefined
  if (!issue)
    throw new RollcallError('unknown_issue', `there is no issue "${id}"`, {
      hint: 'rollcall congress issues lists them',
    })
  if (issue.resolvedAt) throw new RollcallError('already_resolved', `issue ${id} is settled: ${issue.resolution ?? ''}`)
  const resolution = `${by.name.trim()}: ${by.reason.trim()}`
  await closeIssues(db, [id], resolution, now)
  await recordAct(db, {
    actor: by.name.trim(),
    act: 'resolve issue',
    object: `import-issue/${id}`,
    reason: by.reason.trim(),
  })
  return { ...issue, resolvedAt: now, resolution }
}
