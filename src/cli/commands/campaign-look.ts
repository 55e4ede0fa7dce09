// rollcall campaign outcome, preview, test: what it would say, to whom.
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { requireAddress, requireAddressKey } from '../../audience/address-keys.ts'
import { campaignMatcher } from '../../campaign/campaign-matcher.ts'
import { currentRevision, findCampaign } from '../../campaign/campaigns.ts'
import { readManifest } from '../../campaign/create.ts'
import { outcomeLine, type OutcomeLine } from '../../campaign/outcome-lines.ts'
import { createPreviewer } from '../../campaign/preview.ts'
import { parseZip } from '../../congress/zip.ts'
import { RollcallError } from '../../core/errors.ts'
import { sendTests } from '../../delivery/send-tests.ts'
import type { Message } from '../../message/message.ts'
import { collect, type Cli } from '../cli.ts'
import { columns } from '../terminal.ts'

/** Adds the commands that look at a campaign without sending it to anybody who is subscribed. */
export function lookCommands(campaign: Command, cli: Cli): void {
  outcomeCommand(campaign, cli)
  previewCommand(campaign, cli)
  testCommand(campaign, cli)
}

interface OutcomeOptions {
  zip?: string[]
  file?: string
  json?: boolean
}

function outcomeCommand(campaign: Command, cli: Cli): void {
  campaign
    .command('outcome')
    .description('seats, positions, stances and outcome of ZIPs; with --json one line a ZIP')
    .argument('<id>')
    .option('--zip <zip...>', 'ZIP codes')
    .option('--file <file>', 'a file with one ZIP a line; - reads standard input')
    .option('--json', 'print one JSON document a ZIP, each on its own line')
    .action((id: string, options: OutcomeOptions) =>
      cli.withApp(async ({ db, clock }) => {
        if (!options.zip && !options.file) throw usage('give --zip or --file')
        const row = await findCampaign(db, id)
        const matcher = await campaignMatcher(db, id, readManifest((await currentRevision(db, row)).files), clock)
        for (const zip of options.zip ?? []) cli.terminal.write(format(outcomeLine(matcher, zip), options.json))
        if (options.file !== undefined) {
          let number = 0
          let held = ''
          for await (const line of readLines(options.file)) {
            number++
            if (line.trim() === '' || (number === 1 && /^zip/i.test(line))) continue
            held += format(outcomeLine(matcher, line.trim(), `line ${number}: `), options.json)
            if (held.length > 60_000) {
              cli.terminal.write(held)
              held = ''
            }
          }
          cli.terminal.write(held)
        }
      }),
    )
}

function readLines(file: string): AsyncIterable<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  return createInterface({ input, crlfDelay: Infinity })
}

function format(line: OutcomeLine, asJson: boolean | undefined): string {
  if (asJson) return `${JSON.stringify(line)}\n`
  const rows = line.seats.map((seat) => [
    '',
    seat.seat,
    seat.legislator ?? 'vacant',
    seat.position ?? '–',
    `${seat.stance}${seat.candidate ? ' (possible)' : ''}`,
  ])
  return `${[`${line.zip}  ${line.outcome}`, ...columns(rows)].join('\n')}\n`
}

interface PreviewOptions {
  zip?: string
  to?: string
  format: string
  out?: string
}

function previewCommand(campaign: Command, cli: Cli): void {
  campaign
    .command('preview')
    .description('the message that a ZIP or a subscriber would get')
    .argument('<id>')
    .option('--zip <zip>', 'a made-up person in this ZIP; "none" for one whose ZIP is unknown')
    .option('--to <address>', 'this subscriber')
    .option('--format <format>', 'html, text or eml', 'html')
    .option('--out <file>', 'write it there instead of to the terminal')
    .action((id: string, options: PreviewOptions) =>
      cli.withApp(async ({ db, sender, clock, addressKey: key }) => {
        if ((options.zip === undefined) === (options.to === undefined)) throw usage('give either --zip or --to')
        if (!['html', 'text', 'eml'].includes(options.format))
          throw usage(`"${options.format}" is no format; use html, text or eml`)
        const previewer = await createPreviewer(db, id, sender, clock)
        const { message } =
          options.to === undefined
            ? previewer.forZip(readZipOption(options.zip ?? ''))
            : await previewer.forSubscriber(requireAddressKey(key, options.to))
        const content = contentOf(message, options.format)
        if (options.out === undefined) cli.terminal.write(content)
        else await writeFile(options.out, content)
      }),
    )
}

function contentOf(message: Message, format: string): string | Buffer {
  if (format === 'eml') return message.raw()
  return format === 'text' ? message.text : message.html
}

function readZipOption(text: string): string | null {
  if (text === 'none') return null
  const parsed = parseZip(text)
  if (!parsed) throw usage(`"${text}" is no ZIP code; write five digits`)
  return parsed.zip
}

function testCommand(campaign: Command, cli: Cli): void {
  campaign
    .command('test')
    .description('send test messages to yourself; nothing enters the ledger')
    .argument('<id>')
    .requiredOption('--to <address>', 'where to; give it once for each address', collect)
    .option('--zip <zip>', 'the message of this ZIP')
    .option('--every-variant', 'one message of every combination of the audience')
    .option('--json', 'print one JSON document')
    .action((id: string, options: { to: string[]; zip?: string; everyVariant?: boolean; json?: boolean }) =>
      cli.withApp(async (app) => {
        const { db, sender, clock } = app
        const to = options.to.map(requireAddress)
        const zip = options.zip === undefined ? undefined : readZipOption(options.zip)
        const report = await sendTests(
          { db, campaignId: id, sender, clock, transport: await app.transport() },
          { to, zip, everyVariant: options.everyVariant ?? false },
        )
        if (options.json) cli.terminal.json(report)
        else
          for (const each of report.messages)
            cli.terminal.line(
              `${each.accepted ? 'sent' : 'not sent'}: ${each.subject}${each.accepted ? '' : ` (${each.sentence})`}`,
            )
        if (report.messages.some((each) => !each.accepted)) cli.fail()
      }),
    )
}

function usage(message: string): RollcallError {
  return new RollcallError('usage', message, { kind: 'usage', hint: 'see --help' })
}
