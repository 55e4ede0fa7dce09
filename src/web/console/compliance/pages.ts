// All pages of the compliance desk.
import type { Console } from '../console.ts'
import { addPages } from './add.tsx'
import { auditPages } from './audit.tsx'
import { consentPages } from './consents.tsx'
import { feedbackPages } from './feedback.tsx'
import { findPages } from './find.tsx'
import { optOutPages } from './opt-outs.tsx'
import { overviewPages } from './overview.tsx'
import { oneRequestPages } from './request.tsx'
import { requestPages } from './requests.tsx'
import { retentionPages } from './retention.tsx'
import { suppressionPages } from './suppressions.tsx'

/** Adds them. */
export function compliancePages(console: Console): void {
  overviewPages(console)
  suppressionPages(console)
  addPages(console)
  optOutPages(console)
  feedbackPages(console)
  requestPages(console)
  oneRequestPages(console)
  consentPages(console)
  auditPages(console)
  retentionPages(console)
  findPages(console)
}
