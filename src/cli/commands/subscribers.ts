// rollcall subscribers: import a list, export it again.
import path from 'node:path'
import process from 'node:process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { readMap } from '../../audience/csv-header.ts'
import { exportSubscribers, writeCsvFile } from '../../audience/export-csv.ts'
import { importSubscribers, type ImportOptions } from '../../audience/import-csv.ts'
import type { ImportReport } from '../../audience/import-report.ts'
import { countSubscribers } from '../../audience/subscribers.ts'
import { loadZipKnowledge } from '../../campaign/zip-knowledge.ts'
import { RollcallError } from '../../core/errors.ts'
import { collect, type Cli } from '../cli.ts'
import { columns } from '../terminal.ts'

interface ImportFlags {
  dryRun?: boolean
  map?: string[]
  padZip?: boolean
  source?: string
  consentUntil?: string
  rejects?: string
  json?: boolean
}

/** Adds `subscribers import` and `subscribers export`. */
export function subscribersCommands(program: Command, cli: Cli): void {
  const subscribers = program.command('subscribers').description('the people we may write to')
  subscribers
    .command('import')
    .description('add and update subscribers from a CSV file; a suppressed address stays suppressed')
    .argument('<file>', 'CSV in UTF-8 with a header row; - reads standard input')
    .option('--dry-run', 'tell what would happen and change nothing')
    .option('--map <field=column>', 'which column is email, first_name, last_name, zip or plus4; repeatable', collect)
    .option('--pad-zip', 'put back the leading zeros of ZIPs with 3 or 4 digits')
    .option('--source <text>', 'where the addresses come from, for the consent ledger; default: the file name')
    .option(
      '--consent-until <date>',
      'the consent is only implied and ends on this day (YYYY-MM-DD): nobody is written to from then on',
    )
    .option('--rejects <file>', 'CSV for the refused rows; default: FILE.rejects.csv beside the list')
    .option('--json', 'print the report as one JSON document')
    .action((file: string, flags: ImportFlags) => importFile(cli, file, flags))
  subscribers
    .command('export')
    .description('write everyone who is not suppressed as CSV')
    .argument('[file]', 'default: standard output')
    .option('--json', 'print one JSON document; needs a file')
    .action((file: string | undefined, flags: { json?: boolean }) =>
      cli.withApp(async ({ db }) => {
        await writeExport(exportSubscribers(db), file, flags.json)
        const { total, suppressed } = await countSubscribers(db)
        if (flags.json) cli.terminal.json({ file, exported: total - suppressed, suppressed })
        else cli.terminal.note(`${total - suppressed} subscribers exported; ${suppressed} are suppressed and left out`)
      }),
    )
}

async function importFile(cli: Cli, file: string, flags: ImportFlags): Promise<void> {
  const source = file === '-' ? { stream: process.stdin, name: 'standard input' } : { path: file }
  const options = importOptions(file, flags)
  await cli.withApp(async ({ db, clock, addressKey }) => {
    using progress = cli.terminal.progress('reading', 1)
    const deps = { addressKeyKey: addressKey, clock, knownZip: await loadZipKnowledge(db) }
    const report = await importSubscribers(db, source, options, deps, ({ bytes, totalBytes }) =>
      progress.update(bytes, totalBytes ?? bytes),
    )
    progress[Symbol.dispose]()
    if (flags.json) cli.terminal.json(report)
    else for (const line of reportLines(report)) cli.terminal.line(line)
    // Some bad rows are the way of lists; nothing but bad rows is the wrong file.
    if (report.rows > 0 && report.rejected === report.rows) cli.fail()
  })
}

function importOptions(file: string, flags: ImportFlags): ImportOptions {
  const beside = path.join(path.dirname(file), `${path.basename(file, path.extname(file))}.rejects.csv`)
  // A dry run writes nothing that was not asked for.
  const rejectsPath = flags.rejects ?? (flags.dryRun || file === '-' ? undefined : beside)
  return {
    dryRun: flags.dryRun ?? false,
    padZip: flags.padZip ?? false,
    map: readMap(flags.map),
    ...(flags.source === undefined ? {} : { source: flags.source }),
    ...(flags.consentUntil === undefined ? {} : { consentUntil: readDay(flags.consentUntil) }),
    ...(rejectsPath === undefined ? {} : { rejectsPath }),
  }
}

/** Returns the start of the day in UTC. Throws a usage error for anything but YYYY-MM-DD. */
function readDay(text: string): Date {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN)
  if (!Number.isNaN(at.getTime())) return at
  throw new RollcallError('bad_date', `"${text}" is no day`, {
    hint: 'write YYYY-MM-DD, for example 2028-05-31',
    kind: 'usage',
  })
}

/** Writes CSV to the file, or to standard output when there is none. Throws a usage error for JSON without a file. */
export async function writeExport(
  pieces: AsyncGenerator<string>,
  file: string | undefined,
  json: boolean | undefined,
): Promise<void> {
  if (file !== undefined) return writeCsvFile(pieces, file)
  if (json) {
    throw new RollcallError('json_without_file', '--json needs a file to write the CSV to', {
      hint: 'name a file, or leave --json out',
      kind: 'usage',
    })
  }
  await pipeline(Readable.from(pieces), process.stdout, { end: false })
}

function reportLines(report: ImportReport): string[] {
  const { rows, added, updated, unchanged, suppressed, rejected, duplicates, zips } = report
  const verb = report.dryRun ? 'would be' : 'were'
  const counts = columns([
    [added, 'added'],
    [updated, 'updated'],
    [unchanged, 'unchanged'],
    [suppressed, 'suppressed: left as they are'],
    [rejected, `rejected${duplicates > 0 ? `, ${duplicates} of them as duplicates` : ''}`],
  ])
  const places = [
    `${zips.known} on the map`,
    `${zips.state} with a known state only`,
    `${zips.special} military or abroad`,
    `${zips.unknown} unknown`,
    `${zips.blank} blank`,
    ...(zips.padded > 0 ? [`${zips.padded} with zeros put back`] : []),
  ]
  const shown = report.sample.map(
    ({ line, column, value, problem, hint }) =>
      `  line ${line}: ${column} ${JSON.stringify(value)}: ${problem}; ${hint}`,
  )
  return [
    `${report.file}: ${rows} rows ${verb}`,
    ...counts.map((line) => `  ${line}`),
    `ZIP codes: ${places.join(', ')}`,
    ...(report.ignoredColumns.length > 0 ? [`Columns not read: ${report.ignoredColumns.join(', ')}`] : []),
    ...(report.needSmtpUtf8 > 0 ? [`${report.needSmtpUtf8} addresses only reach servers with SMTPUTF8`] : []),
    ...shown,
    ...(rejected > report.sample.length ? [`  … and ${rejected - report.sample.length} more`] : []),
    ...(report.rejectsFile === null ? [] : [`Mend the rows in ${report.rejectsFile} and import that file.`]),
  ]
}
