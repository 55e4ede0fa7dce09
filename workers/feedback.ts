// A process that takes returned mail over SMTP: the mailbox of the bounce domain. The same as `rollcall feedback listen`.
import { startMailbox } from '../src/feedback/listen.ts'
import { runUntilStopped } from './run.ts'

await runUntilStopped('feedback', ({ config, intake, log }) =>
  startMailbox(intake, log, {
    host: config.ROLLCALL_FEEDBACK_HOST,
    port: config.ROLLCALL_FEEDBACK_PORT,
    domain: config.ROLLCALL_BOUNCE_DOMAIN,
    mailboxes: config.ROLLCALL_FEEDBACK_MAILBOXES,
  }),
)
