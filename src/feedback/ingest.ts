// Returned mails that a person or a program hands in: read, and applied unless only asked about.
import type { Log } from '../delivery/settle.ts'
import { splitMailbox } from './mailbox.ts'
import { readReports } from './read-reports.ts'
import { applyWaiting, receiveMail, type Followed, type Intake } from './receive-mail.ts'
import type { Report } from './report.ts'

interface Ingested {
  report: Report
  /** What followed; null where nothing was to be changed. */
  outcome: Followed['outcome'] | null
}

/** Reads a mail, or every mail of an mbox, and returns its reports. Without an `intake` it only says what they are. */
export async function ingestMails(intake: Intake | null, bytes: Buffer, log: Log): Promise<Ingested[]> {
  if (intake !== null) await applyWaiting(intake, log)
  const all: Ingested[] = []
  for (const mail of splitMailbox(bytes)) all.push(...(await ingestMail(intake, mail)))
  return all
}

/** Reads one mail and returns its reports, with what followed when there is an `intake`. */
export async function ingestMail(intake: Intake | null, bytes: Buffer): Promise<Ingested[]> {
  if (intake !== null) return receiveMail(intake, { bytes, envelopeTo: null, source: 'cli' })
  return (await readReports(bytes)).reports.map((report) => ({ report, outcome: null }))
}
