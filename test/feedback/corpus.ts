// Reads sample mails with their labels, and counts how often we agree.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { splitMailbox } from '../../src/feedback/mailbox.ts'
import { readReports } from '../../src/feedback/read-reports.ts'
import type { Report } from '../../src/feedback/report.ts'

/** One row of a folder's expected.json. */
interface Label {
  file: string
  index: number
  status: string | null
  reply: string | null
  reason: string | null
  hardbounce: boolean | null
  feedbackType: string | null
}

export interface Row {
  label: Label
  report: Report | undefined
}

/** Returns each label of the folder with the report that we make of it. */
export async function readCorpus(folder: string): Promise<Row[]> {
  const labels = JSON.parse(await readFile(path.join(folder, 'expected.json'), 'utf8')) as Label[]
  const rows: Row[] = []
  for (const file of new Set(labels.map((label) => label.file))) {
    const reports: Report[] = []
    for (const mail of splitMailbox(await readFile(path.join(folder, file))))
      reports.push(...(await readReports(mail)).reports)
    for (const label of labels.filter((each) => each.file === file))
      rows.push({ label, report: reports[label.index - 1] })
  }
  return rows
}
