// rollcall suppressions: addresses that must not be written to.
import type { Command } from 'commander'
import { requireAddressKey } from '../../audience/address-keys.ts'
import { readMap } from '../../audience/csv-header.ts'
import { exportSuppressions } from '../../audience/export-csv.ts'
import { importSuppressions } from '../../audience/import-suppressions.ts'
import { requireReason } from '../../audience/suppression.ts'
import { addSuppression, removeSuppression } from '../../audience/suppressions.ts'
import type { App } from '../../compose.ts'
import { actorName } from '../actor.ts'
import { collect, type Cli } from '../cli.ts'
import { writeExport } from './subscribers.ts'

interface Flags {
  reason: string
  note?: string
  as?: string
  map?: string[]
  rejects?: string
  json?: boolean
}

/** Adds `suppressions add`, `remove`, `import` and `export`. */
export function suppressionsCommands(program: Command, cli: Cli): void {
  const suppressions = program.command('suppressions').description('addresses that must not be written to')
  suppressions
    .command('add')
    .description('never write to these addresses again, whether or not they are subscribers')
    .argument('<address...>')
    .option('--reason <word>', 'unsubscribe, complaint, hard_bounce, legal, manual or import', 'manual')
    .option('--note <text>', 'what an auditor should know')
    .option('--as <name>', 'who says so')
    .option('--json', 'print one JSON document')
    .action((addresses: string[], flags: Flags) => cli.withApp((app) => add(cli, app, addresses, flags)))
  suppressions
    .command('remove')
    .description('write to an address again, because its owner asked for it')
    .argument('<address>')
    .requiredOption('--reason <text>', 'what the person did to come back')
    .option('--as <name>', 'who says so')
    .option('--json', 'print one JSON document')
    .action((address: string, flags: Flags) => cli.withApp((app) => remove(cli, app, address, flags)))
  suppressions
    .command('import')
    .description('suppress every address of a CSV file')
    .argument('<file>', 'CSV in UTF-8 with a column email, or our own export')
    .option('--map <field=column>', 'which column is email, reason or note; repeatable', collect)
    .option('--rejects <file>', 'CSV for the refused rows')
    .option('--as <name>', 'who says so')
    .option('--json', 'print one JSON document')
    .action((file: string, flags: Flags) => cli.withApp((app) => importFile(cli, app, file, flags)))
  suppressions
    .command('export')
    .description('write all suppressions as CSV')
    .argument('[file]', 'default: standard output')
    .action((file: string | undefined) => cli.withApp(({ db }) => writeExport(exportSuppressions(db), file, false)))
}

async function add(cli: Cli, app: App, addresses: string[], flags: Flags): Promise<void> {
  const reason = requireReason(flags.reason)
  const keys = addresses.map((address) => ({ address, key: requireAddressKey(app.addressKey, address) }))
  const results: { address: string; added: boolean }[] = []
  for (const { address, key } of keys) {
    const added = await addSuppression(app.db, {
      addressKey: key,
      reason,
      channel: 'cli',
      note: flags.note ?? '',
      setBy: actorName(flags.as),
      setAt: app.clock.now(),
    })
    results.push({ address, added })
  }
  if (flags.json) return cli.terminal.json(results)
  for (const { address, added } of results) {
    cli.terminal.line(added ? `${address} is suppressed` : `${address} was suppressed already; nothing changed`)
  }
}

async function remove(cli: Cli, app: App, address: string, flags: Flags): Promise<void> {
  const removed = await removeSuppression(app.db, {
    addressKey: requireAddressKey(app.addressKey, address),
    why: flags.reason,
    by: actorName(flags.as),
    at: app.clock.now(),
  })
  if (flags.json) cli.terminal.json({ address, removed })
  else cli.terminal.line(removed ? `${address} may be written to again` : `${address} was not suppressed`)
}

async function importFile(cli: Cli, app: App, file: string, flags: Flags): Promise<void> {
  const report = await importSuppressions(
    app.db,
    { path: file },
    {
      by: actorName(flags.as),
      map: readMap(flags.map),
      ...(flags.rejects === undefined ? {} : { rejectsPath: flags.rejects }),
    },
    { addressKeyKey: app.addressKey, clock: app.clock },
  )
  if (flags.json) return cli.terminal.json(report)
  const { rows, added, known, rejected } = report
  cli.terminal.line(`${report.file}: ${rows} rows: ${added} suppressed, ${known} were already, ${rejected} rejected`)
  for (const { line, column, value, problem, hint } of report.sample) {
    cli.terminal.line(`  line ${line}: ${column} ${JSON.stringify(value)}: ${problem}; ${hint}`)
  }
}
