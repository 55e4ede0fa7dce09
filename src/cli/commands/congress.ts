// rollcall congress: import the public files, look a ZIP up, settle what an import could not.
import { statSync } from 'node:fs'
import type { Command } from 'commander'
import { easternDay } from '../../congress/day.ts'
import { endTerm } from '../../congress/end-term.ts'
import { importCongressFile } from '../../congress/import-file.ts'
import { loadIssues, resolveIssue } from '../../congress/import-issues.ts'
import type { ImportReport } from '../../congress/import-report.ts'
import { lookup } from '../../congress/lookup.ts'
import { messageOf, RollcallError } from '../../core/errors.ts'
import type { Cli } from '../cli.ts'
import { collect } from '../cli.ts'

interface ImportOptions {
  congress?: number
  accept: string[]
  as?: string
  json?: boolean
}

/** Adds `rollcall congress` with its commands. */
export function congressCommands(program: Command, cli: Cli): void {
  const congress = program.command('congress').description('legislators, roll calls and ZIP maps')
  congress
    .command('import')
    .description(
      'import legislators (YAML, JSON, terms CSV), roll calls (House XML, Senate XML, JSON) and ZIP maps (CSV); the kind is judged by content',
    )
    .argument('<file...>')
    .option('--congress <n>', 'the Congress a ZIP map was drawn for', readCongress)
    .option('--accept <code>', 'accept a stated flaw of a ZIP map', collect, [])
    .option('--as <name>', 'who accepts it')
    .option('--json', 'one JSON document')
    .action((files: string[], options: ImportOptions) => importFiles(cli, files, options))
  congress
    .command('lookup')
    .description('who represents a ZIP on a day')
    .argument('<zip>')
    .option('--on <day>', 'YYYY-MM-DD; today unless told')
    .option('--json', 'one JSON document')
    .action((zip: string, options: { on?: string; json?: boolean }) => showLookup(cli, zip, options))
  congress
    .command('issues')
    .description('what imports could not take at face value')
    .option('--all', 'the settled ones too')
    .option('--json', 'one JSON document')
    .action((options: { all?: boolean; json?: boolean }) => showIssues(cli, options))
  congress
    .command('resolve')
    .description('settle an issue for a stated reason')
    .argument('<id>')
    .requiredOption('--as <name>', 'who settles it')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, options: { as: string; reason: string }) => settleIssue(cli, id, options))
  congress
    .command('end-term')
    .description('say when somebody left a seat')
    .argument('<bioguide>')
    .argument('<seat>', 'like US-H-SC-05')
    .argument('<day>', 'the first day without this holder, YYYY-MM-DD')
    .requiredOption('--reason <text>', 'why')
    .option('--as <name>', 'who says so', 'the operator')
    .action((bioguide: string, seatId: string, end: string, options: { reason: string; as: string }) =>
      cli.withApp(async ({ db, clock }) => {
        const sentences = await endTerm(db, { bioguide, seatId, end, reason: options.reason, name: options.as }, clock)
        for (const sentence of sentences) cli.terminal.line(sentence)
      }),
    )
}

function readCongress(text: string): number {
  const number = Number(text)
  if (/^\d{2,3}$/.test(text) && number >= 101) return number
  throw new RollcallError('bad_congress', `"${text}" is no Congress`, {
    hint: 'write its number, like 115',
    kind: 'usage',
  })
}

/** Files are imported in the order given; one that is refused does not stop the others, but the command fails. */
async function importFiles(cli: Cli, files: readonly string[], options: ImportOptions): Promise<void> {
  if (options.accept.length > 0 && !options.as) {
    throw new RollcallError('name_missing', 'somebody must accept a flaw by name', {
      hint: 'pass --as NAME',
      kind: 'usage',
    })
  }
  for (const path of files) assertFile(path)
  const reports: (ImportReport | { file: string; refused: string })[] = []
  await cli.withApp(async ({ db, clock }) => {
    for (const path of files) {
      const request = {
        file: { path },
        clock,
        ...(options.congress === undefined ? {} : { congress: options.congress }),
        ...(options.as === undefined ? {} : { accept: { codes: options.accept, name: options.as } }),
      }
      try {
        const report = await importCongressFile(db, request)
        reports.push(report)
        if (!options.json) showReport(cli, report)
      } catch (error) {
        if (!(error instanceof RollcallError) || error.code !== 'import_refused') throw error
        reports.push({ file: path, refused: error.message })
        cli.terminal.note(`refused: ${messageOf(error)}${error.hint ? `\n  ${error.hint}` : ''}`)
        cli.fail()
      }
    }
  })
  if (options.json) cli.terminal.json(reports)
}

function assertFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return
  throw new RollcallError('file_unreadable', `there is no file "${path}"`, { hint: 'check the path', kind: 'usage' })
}

function showReport(cli: Cli, report: ImportReport): void {
  cli.terminal.line(`${report.file} (${report.format})${report.changed ? '' : ': nothing changed'}`)
  for (const sentence of report.sentences) cli.terminal.line(`  ${sentence}`)
}

async function showLookup(cli: Cli, zip: string, options: { on?: string; json?: boolean }): Promise<void> {
  await cli.withApp(async ({ db, clock }) => {
    const found = await lookup(db, zip, options.on ?? easternDay(clock.now()))
    if (options.json) cli.terminal.json(found)
    else for (const sentence of found.sentences) cli.terminal.line(sentence)
  })
}

async function showIssues(cli: Cli, options: { all?: boolean; json?: boolean }): Promise<void> {
  await cli.withApp(async ({ db }) => {
    const issues = await loadIssues(db, { open: options.all !== true })
    if (options.json) return cli.terminal.json(issues)
    if (issues.length === 0) cli.terminal.line('No open issues.')
    for (const issue of issues) {
      const state = issue.resolution === null ? issue.severity : `settled: ${issue.resolution}`
      cli.terminal.line(`${issue.id}  ${issue.rollCallId ?? '-'}  ${issue.code}  ${state}\n    ${issue.sentence}`)
    }
  })
}

async function settleIssue(cli: Cli, id: string, options: { as: string; reason: string }): Promise<void> {
  await cli.withApp(async ({ db, clock }) => {
    const issue = await resolveIssue(db, id, { name: options.as, reason: options.reason }, clock.now())
    cli.terminal.line(`Issue ${issue.id} is settled: ${issue.resolution ?? ''}`)
  })
}
