// rollcall demo: the reference campaign, end to end, on embedded parts.
import path from 'node:path'
import type { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { openInbox } from '../demo/inbox.ts'
import { runDemo, type DemoReport } from '../demo/run.ts'
import { startWorkerProcess } from '../demo/worker-process.ts'
import { printReport } from '../report-text.ts'

/** Adds `demo`. It uses the embedded database and its own inbox, whatever the settings say. */
export function demoCommand(program: Command, cli: Cli): void {
  program
    .command('demo')
    .description('the reference campaign, end to end, on embedded parts')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: boolean }) => {
      const startedAt = Date.now()
      const { ROLLCALL_HOME: home, ROLLCALL_BASE_URL: baseUrl } = await cli.config()
      await using inbox = await openInbox(path.join(home, 'inbox'))
      const settings = { ...EMBEDDED, ROLLCALL_HOME: home, SMTP_URL: inbox.url }
      const report = await cli.withApp((app) => {
        const startWorker = () =>
          startWorkerProcess({
            ...settings,
            ROLLCALL_SECRET: app.config.ROLLCALL_SECRET,
            ROLLCALL_BASE_URL: app.config.ROLLCALL_BASE_URL,
            LOG_LEVEL: 'warn',
          })
        return runDemo({ app, terminal: cli.terminal, inbox, startWorker })
      }, settings)
      if (options.json) cli.terminal.json(report)
      else printDemo(cli, report, baseUrl, Date.now() - startedAt)
    })
}

/** Settings of the environment that a demo must not use; an empty one counts as absent. */
const EMBEDDED = {
  DATABASE_URL: '',
  REDIS_URL: '',
  SENDGRID_API_KEY: '',
  ROLLCALL_TRANSPORT: 'smtp',
  ROLLCALL_ENV: 'development',
  ROLLCALL_ALLOWED_DOMAINS: '',
  ROLLCALL_DKIM_DOMAIN: '',
  ROLLCALL_DKIM_SELECTOR: '',
  ROLLCALL_DKIM_KEY_FILE: '',
  ROLLCALL_MESSAGES_PER_SECOND: '',
}

function printDemo({ terminal }: Cli, report: DemoReport, baseUrl: string, tookMs: number): void {
  terminal.line()
  printReport(terminal, report)
  terminal.line(
    `\n${report.inbox.messages} messages are in ${report.inbox.folder} as .eml files; any mail program opens them.`,
  )
  terminal.line(`The whole demo took ${Math.round(tookMs / 1000)} s. Try next:`)
  terminal.line(`  npm run -s rollcall -- campaign outcome ${report.id} --zip 97212 92373 20001`)
  terminal.line(`  npm run -s rollcall -- campaign preview ${report.id} --zip 15004 --format text`)
  terminal.line(`  npm run -s rollcall -- campaign report ${report.id} --json`)
  terminal.line('  npm start')
  terminal.line('\nWith that running, the report is at')
  terminal.line(`  ${baseUrl.replace(/\/$/, '')}/console/campaigns/${report.id}/report`)
  terminal.line('and every link in the messages leads somewhere. The first visit makes the admin.')
}
