// Imports one file about Congress: reads it, checks it, and takes all of it or nothing.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { sql } from 'kysely'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import { actAs } from '../store/acting.ts'
import type { Db } from '../store/connect.ts'
import { insertIssues, loadIssues } from './import-issues.ts'
import type { ImportOutcome, ImportReport } from './import-report.ts'
import { commitLegislators } from './importers/commit-legislators.ts'
import { commitRollCall } from './importers/commit-roll-call.ts'
import { commitZipMap } from './importers/commit-zip-map.ts'
import type { Acceptance } from './importers/commit-zip-map.ts'
import { readCongressFile } from './importers/detect.ts'
import type { ParsedFile } from './importers/parsed.ts'
import { reassessUnsettled } from './reassess.ts'
import { recordSource } from './sources.ts'
import type { SourceFacts } from './sources.ts'

export interface CongressImport {
  file: { path: string } | { name: string; bytes: Uint8Array }
  /** The Congress a ZIP map was drawn for; only ZIP maps need it. */
  congress?: number
  /** Flaws of a ZIP map that an owner accepts by name. */
  accept?: Acceptance
  /** Who imports, for the audit log; whoever runs the process unless told. */
  actor?: string
  clock: Clock
}

/** The advisory lock that lets one import at a time through. */
export const IMPORT_LOCK = 7_265_256
const LEGISLATORS = { url: 'https://github.com/unitedstates/congress-legislators', licence: 'CC0-1.0' }
const GOVERNMENT = 'US Government work (17 USC 105)'

/**
 * Imports one file and returns what it did; the kind is judged by content. Throws `import_refused` when the file
 * breaks a rule: then nothing of it is kept but an open issue. Throws `file_unreadable` when there is no such file.
 */
export async function importCongressFile(db: Db, request: CongressImport): Promise<ImportReport> {
  const { name, bytes } =
    'path' in request.file ? { name: basename(request.file.path), bytes: await read(request.file.path) } : request.file
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  let parsed: ParsedFile | null = null
  try {
    parsed = readCongressFile(bytes)
    const outcome = await commit(db, parsed, sha256, request)
    return { file: name, kind: parsed.kind, format: parsed.format, sha256, ...outcome }
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code !== 'import_refused') throw error
    await recordRefusal(
      db,
      { name, sha256, rollCallId: parsed?.kind === 'roll_call' ? parsed.id : null, reason: error.message },
      request.clock,
    )
    throw new RollcallError('import_refused', `${name}: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
  }
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new RollcallError('file_unreadable', `cannot read "${path}"`, {
      cause,
      hint: 'check the path',
      kind: 'usage',
    })
  }
}

async function commit(db: Db, parsed: ParsedFile, sha256: string, request: CongressImport): Promise<ImportOutcome> {
  const now = request.clock.now()
  return db.transaction().execute(async (trx) => {
    // Waits for another import to end: two would each see the data without the other's.
    await sql`SELECT pg_advisory_xact_lock(${IMPORT_LOCK})`.execute(trx)
    if (request.actor !== undefined) await actAs(trx, request.actor)
    const source = await recordSource(trx, sourceOf(parsed, sha256, request.congress ?? null), now)
    if (parsed.kind === 'roll_call') return commitRollCall(trx, parsed, { sourceId: source.id, now })
    if (parsed.kind === 'zip_map') {
      return commitZipMap(trx, parsed, {
        congress: request.congress ?? null,
        accept: request.accept ?? null,
        sourceId: source.id,
        now,
      })
    }
    const outcome = await commitLegislators(trx, parsed, source.id, now)
    return { ...outcome, sentences: [...outcome.sentences, ...(await reassessUnsettled(trx, now))] }
  })
}

function sourceOf(parsed: ParsedFile, sha256: string, congress: number | null): SourceFacts {
  if (parsed.kind === 'roll_call') {
    const licence = parsed.format === 'congress-json' ? 'CC0-1.0' : GOVERNMENT
    const vintage = (parsed.modifiedAt ?? parsed.heldAt).toISOString().slice(0, 10)
    return { kind: parsed.format, url: parsed.sourceUrl, licence, vintage, sha256 }
  }
  if (parsed.kind === 'zip_map') {
    const url = 'https://github.com/OpenSourceActivismTech/us-zipcodes-congress'
    return { kind: parsed.format, url, licence: GOVERNMENT, vintage: String(congress ?? ''), sha256 }
  }
  const starts = parsed.legislators.flatMap((person) => person.terms.map((term) => term.start))
  return { kind: parsed.format, ...LEGISLATORS, vintage: starts.reduce((a, b) => (a > b ? a : b), ''), sha256 }
}

interface Refusal {
  name: string
  sha256: string
  rollCallId: string | null
  reason: string
}

/** A refused file leaves one open issue, however often it is tried. */
async function recordRefusal(db: Db, refusal: Refusal, clock: Clock): Promise<void> {
  const open = await loadIssues(db, { open: true })
  if (open.some((issue) => issue.code === 'refused_file' && issue.subject === refusal.sha256)) return
  const finding = {
    code: 'refused_file',
    severity: 'blocking' as const,
    subject: refusal.sha256,
    sentence: `${refusal.name} was refused: ${refusal.reason}`,
    facts: { file: refusal.name },
  }
  await insertIssues(db, [finding], { sourceId: null, rollCallId: refusal.rollCallId, now: clock.now() })
}
