// One mail of each kind, as files: what `rollcall feedback ingest --dry-run --dir fixtures/feedback` says of them.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { listMailFiles } from '../../src/feedback/mail-files.ts'
import { readReports } from '../../src/feedback/read-reports.ts'

test('every fixture is what its name says', async () => {
  const said: Record<string, string> = {}
  for (const file of await listMailFiles(path.resolve(import.meta.dirname, '../../fixtures/feedback'))) {
    const { reports } = await readReports(await readFile(file))
    said[path.basename(file)] = reports.map(({ kind, class: found }) => `${kind} ${found}`).join(', ')
  }
  expect(said).toEqual({
    'absence-note.eml': 'auto_reply null',
    'bounce-blocked.eml': 'bounce block',
    'bounce-full-mailbox.eml': 'bounce soft',
    'bounce-no-mailbox.eml': 'bounce hard',
    'complaint.eml': 'complaint null',
    'delayed.eml': 'delayed soft',
    'not-spam.eml': 'other null',
    'notice-without-report.eml': 'bounce hard',
  })
})
