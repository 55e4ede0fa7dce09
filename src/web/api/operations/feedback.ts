// What comes back by mail: how it stands, and mails handed in by a program.
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { feedbackStatus } from '../../../feedback/feedback-reports.ts'
import { ingestMails } from '../../../feedback/ingest.ts'
import { mailboxPoller } from '../../../feedback/poll.ts'
import { operation, uploadOperation } from '../operation.ts'
import { at, yesNo } from '../shapes.ts'

const group = 'Feedback'

export const FEEDBACK = [
  operation({
    id: 'getFeedbackStatus',
    method: 'get',
    path: '/feedback/status',
    group,
    summary: 'What came back, what followed, and what needs a person',
    scopes: ['campaigns.read'],
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(9999).default(30) }),
    answer: z.object({
      days: z.number().int(),
      reports: z.array(
        z.object({ kind: z.string(), class: z.string().nullable(), outcome: z.string(), count: z.number().int() }),
      ),
      alarms: z.array(
        z.object({
          campaignId: z.string(),
          class: z.string(),
          count: z.number().int(),
          sentence: z.string(),
          lastAt: at,
        }),
      ),
      waiting: z.object({ mails: z.number().int(), events: z.number().int() }),
    }),
    run: ({ site, query }) => feedbackStatus(site.db, query.days),
  }),
  uploadOperation({
    id: 'ingestMails',
    method: 'post',
    path: '/feedback/mails',
    group,
    summary: 'Read a returned mail, or an mbox of many, and apply what they prove',
    scopes: ['compliance.write'],
    isPersonal: true,
    query: z.strictObject({ dryRun: yesNo.default(false).describe('say what the mails report and change nothing') }),
    upload: {
      types: ['message/rfc822', 'application/mbox'],
      what: 'a mail as it came, or an mbox',
      maxBytes: 32 * 1024 * 1024,
    },
    answer: z.object({
      reports: z.array(
        z.object({
          kind: z.enum(['bounce', 'delayed', 'complaint', 'auto_reply', 'other']),
          class: z.enum(['hard', 'soft', 'block', 'content', 'config', 'unknown']).nullable(),
          recipient: z.string().nullable(),
          status: z.string().nullable(),
          reply: z.string().nullable(),
          sentence: z.string(),
          outcome: z.string().nullable().describe('what followed; null in a dry run'),
        }),
      ),
    }),
    run: async ({ site, query, body }) => ({
      reports: (await ingestMails(query.dryRun ? null : site.intake, await buffer(body.chunks), site.log)).map(
        ({ report, outcome }) => ({ ...report, outcome }),
      ),
    }),
  }),
  operation({
    id: 'pollMailbox',
    method: 'post',
    path: '/feedback/poll',
    group,
    summary: 'Fetch returned mail from the mailbox of the settings, and apply what it proves',
    scopes: ['compliance.write'],
    answer: z.object({ fetched: z.number().int(), left: z.number().int().describe('too large to be reports') }),
    run: async ({ site }) => mailboxPoller(site.intake, site.log, site.config.ROLLCALL_FEEDBACK_IMAP_URL)(),
  }),
]
