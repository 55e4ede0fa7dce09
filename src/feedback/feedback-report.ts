// Complaints (RFC 5965): what a mailbox provider passes on from somebody who pressed "spam".
import { addressOf } from './delivery-status.ts'
import { fieldOf, readFields } from './header-block.ts'
import type { Report } from './report.ts'

/** RFC 5965 section 7.3 and later registrations. The others say nothing about a wish of the person. */
const COMPLAINTS = new Set(['abuse', 'fraud', 'virus', 'other', 'opt-out', 'opt-out-list', 'miscategorized'])

/** Returns the report of one message/feedback-report part. `not-spam`, authentication failures and DMARC reports are no complaints. */
export function readFeedbackReport(text: string): Report {
  const fields = readFields(text)
  const type = (fieldOf(fields, 'feedback-type') ?? '').toLowerCase().replace(/[^a-z-]/g, '')
  const isComplaint = COMPLAINTS.has(type)
  const given = ['original-rcpt-to', 'removal-recipient', 'original-recipient'].map((name) => fieldOf(fields, name))
  return {
    kind: isComplaint ? 'complaint' : 'other',
    class: null,
    recipient: addressOf(given.find((each) => each !== null) ?? ''),
    status: null,
    reply: null,
    sentence: isComplaint
      ? `the recipient complained (${type})`
      : `a feedback report that is no complaint (${type === '' ? 'it names no type' : type})`,
  }
}
