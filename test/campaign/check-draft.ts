// Drafts of the reference campaign with something changed, and what the check says of them.
import { checkCampaign, type CheckReport } from '../../src/campaign/check.ts'
import type { TemplateFiles } from '../../src/campaign/folder.ts'
import type { Problem } from '../../src/message/problem.ts'
import type { Db } from '../../src/store/connect.ts'
import { ACT, SENDER, addSubscribers, draftCampaign, replaced } from '../support/reference-campaign.ts'

export type Change = (files: TemplateFiles) => void

/** Two whose ZIP leaves the outcome open, three without a member of Congress, and two others. */
export async function addAudience(db: Db): Promise<void> {
  await addSubscribers(db, ['97212', '92373', '92373', '09001', '35203', null, null])
}

/** Returns the report on a new draft. */
export async function checkDraft(db: Db, change?: Change): Promise<CheckReport> {
  return checkCampaign(db, await draftCampaign(db, change), SENDER, ACT.clock)
}

/** Replaces in one file; fails when the file has nothing of the kind. */
export function edit(file: string, from: string | RegExp, to: string): Change {
  return (files) => {
    files[file] = replaced(files[file], from, to)
  }
}

/** Adds a paragraph to the HTML part, where every message has it. */
export function paragraph(html: string): Change {
  return (files) => {
    files['partials/share.mjml'] = `${files['partials/share.mjml'] ?? ''}\n<p>${html}</p>\n`
  }
}

/** Returns the problems of one severity. */
export function problemsOf({ problems }: CheckReport, severity: Problem['severity'] = 'error'): Problem[] {
  return problems.filter((problem) => problem.severity === severity)
}
