// rollcall audit: who did what, and whether the record still is what was written.
import type { Command } from 'commander'
import { latestEntries, sealAudit, verifyAudit } from '../../store/audit-entries.ts'
import type { App } from '../../compose.ts'
import type { Cli } from '../cli.ts'
import { columns } from '../terminal.ts'
import { wholeNumber, type Common } from './answers.ts'

interface Flags extends Common {
  limit: number
  object?: string
}

/** Adds `audit list` and `audit verify`. */
export function auditCommands(program: Command, cli: Cli): void {
  const audit = program.command('audit').description('who did what, in a chain of hashes')
  audit
    .command('list', { isDefault: true })
    .description('the newest entries')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--object <kind/id>', 'only what was done to it, for example campaign/dream-act-2017')
    .option('--json', 'print one JSON document')
    .action((flags: Flags) => cli.withApp((app) => list(cli, app, flags)))
  audit
    .command('verify')
    .description('compute the whole chain anew; exit code 1 when an entry was changed or taken out')
    .option('--expect <hash>', 'a head that was written down earlier: it must still be in the chain')
    .option('--json', 'print one JSON document')
    .action((flags: Common & { expect?: string }) => cli.withApp((app) => verify(cli, app, flags)))
}

async function list(cli: Cli, app: App, flags: Flags): Promise<void> {
  const entries = await latestEntries(app.db, flags.limit, flags.object ?? null)
  if (flags.json) return cli.terminal.json(entries)
  const rows = entries.map(({ at, actor, act, object, reason }) => [at.toISOString(), actor, act, object, reason])
  for (const line of columns(rows)) cli.terminal.line(line)
}

async function verify(cli: Cli, app: App, { expect, json }: Common & { expect?: string }): Promise<void> {
  await sealAudit(app.db)
  const check = await verifyAudit(app.db, expect ?? null)
  if (json) cli.terminal.json(check)
  else if (check.broken === null)
    cli.terminal.line(`${check.sound} entries, the chain holds; its head is ${check.head || 'empty'}`)
  else
    cli.terminal.line(
      `broken at entry ${check.broken.place}: ${check.broken.why}; ${check.sound} entries before it hold`,
    )
  if (check.broken !== null) cli.fail()
}
