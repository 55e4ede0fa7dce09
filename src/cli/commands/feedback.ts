// rollcall feedback: what comes back: returned mails from files, and a mailbox that takes them.
import process from 'node:process'
import type { Command } from 'commander'
import { RollcallError } from '../../core/errors.ts'
import { feedbackStatus, type FeedbackStatus } from '../../feedback/feedback-reports.ts'
import { ingestMail } from '../../feedback/ingest.ts'
import { startMailbox } from '../../feedback/listen.ts'
import { listMailFiles, readMailFiles } from '../../feedback/mail-files.ts'
import { applyWaiting, type Followed, type Intake } from '../../feedback/receive-mail.ts'
import type { Report } from '../../feedback/report.ts'
import type { Cli } from '../cli.ts'
import { portNumber, stopped } from '../serving.ts'
import { columns } from '../terminal.ts'
import { pollCommand } from './feedback-poll.ts'

interface IngestFlags {
  dir?: string
  dryRun?: boolean
  json?: boolean
}

/** Adds `feedback ingest`, `feedback listen` and `feedback status`. */
export function feedbackCommands(program: Command, cli: Cli): void {
  const feedback = program.command('feedback').description('bounces, complaints and opt-outs that come by mail')
  feedback
    .command('ingest')
    .description('read returned mails from files, and apply what they prove')
    .argument('[file...]', 'a mail, or an mbox; - is standard input')
    .option('--dir <folder>', 'all .eml files of a folder, or a Maildir')
    .option('--dry-run', 'say what the mails report and change nothing')
    .option('--json', 'print one JSON object a line, one for each report')
    .action((files: string[], flags: IngestFlags) => ingest(cli, files, flags))
  feedback
    .command('listen')
    .description('take mail for the bounce domain over SMTP until it is stopped (SIGINT, SIGTERM)')
    .option('--port <n>', 'instead of ROLLCALL_FEEDBACK_PORT; 0 takes any that is free', portNumber)
    .action((options: { port?: number }) => listen(cli, options.port))
  feedback
    .command('status')
    .description('what came back, what followed, and what needs a person')
    .option('--days <n>', 'how far to look back', days, 30)
    .option('--json', 'print one JSON document')
    .action((options: { days: number; json?: boolean }) =>
      cli.withApp(async ({ db }) => {
        const status = await feedbackStatus(db, options.days)
        if (options.json) cli.terminal.json(status)
        else for (const line of statusLines(status)) cli.terminal.line(line)
      }),
    )
  pollCommand(feedback, cli)
}

async function ingest(cli: Cli, files: string[], flags: IngestFlags): Promise<void> {
  const all = [...files, ...(flags.dir === undefined ? [] : await listMailFiles(flags.dir))]
  if (all.length === 0)
    throw new RollcallError('usage', 'there is no mail to read', { hint: 'name files, --dir or -', kind: 'usage' })
  if (flags.dryRun) return await ingestAll(cli, all, flags, null)
  await cli.withApp(async ({ intake, log }) => {
    await applyWaiting(intake, log)
    await ingestAll(cli, all, flags, intake)
  })
}

async function ingestAll(cli: Cli, files: readonly string[], flags: IngestFlags, intake: Intake | null): Promise<void> {
  for await (const read of readMailFiles(files, process.stdin)) {
    if ('problem' in read) {
      cli.terminal.note(`${read.file} cannot be read: ${read.problem}`)
      cli.fail()
      continue
    }
    for (const bytes of read.mails) {
      const followed = await ingestMail(intake, bytes)
      for (const { report, outcome } of followed) cli.terminal.line(lineOf(read.file, report, outcome, flags.json))
    }
  }
}

function lineOf(file: string, report: Report, outcome: Followed['outcome'] | null, asJson = false): string {
  const { kind, class: found, recipient, status, reply, sentence } = report
  if (asJson) return JSON.stringify({ file, kind, class: found, recipient, status, reply, sentence })
  const words = [kind, found, reply, status, recipient].filter((word) => word !== null)
  return `${file}: ${words.join(' ')}: ${sentence}${outcome === null ? '' : ` [${outcome}]`}`
}

async function listen(cli: Cli, port: number | undefined): Promise<void> {
  await cli.withApp(async ({ config, intake, log }) => {
    await using mailbox = await startMailbox(intake, log, {
      host: config.ROLLCALL_FEEDBACK_HOST,
      port: port ?? config.ROLLCALL_FEEDBACK_PORT,
      domain: config.ROLLCALL_BOUNCE_DOMAIN,
      mailboxes: config.ROLLCALL_FEEDBACK_MAILBOXES,
    })
    cli.terminal.note(`Taking mail for ${config.ROLLCALL_BOUNCE_DOMAIN} on port ${mailbox.port}. Stop with Ctrl-C.`)
    await stopped()
    cli.terminal.note('Stopping: mails under way are still taken.')
  })
}

function statusLines({ reports, alarms, waiting, days }: FeedbackStatus): string[] {
  const rows = reports.map((each) => [each.kind, each.class ?? '', each.outcome, each.count])
  return [
    `${reports.reduce((sum, each) => sum + each.count, 0)} reports in ${days} days; ${waiting.mails} mails and ${waiting.events} events wait`,
    ...columns(rows),
    ...alarms.map((each) => `alarm: ${each.campaignId}: ${each.count} refused as ${each.class}: ${each.sentence}`),
  ]
}

function days(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new RollcallError('usage', `"${text}" is no number of days from 1 to 9999`, { kind: 'usage' })
}
