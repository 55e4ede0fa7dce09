// rollcall compliance: what an auditor asks, and what people may ask about their data.
import type { Command } from 'commander'
import { requireAddressKey } from '../../audience/address-keys.ts'
import { consentHistory, consentState } from '../../audience/consents.ts'
import { checkCompliance, type ComplianceCheck } from '../../compliance/check.ts'
import { listRequests } from '../../compliance/data-requests.ts'
import { answerErase, answerExport, answerRectify, requestDay } from '../../compliance/desk.ts'
import { latestOptOuts } from '../../compliance/opt-outs.ts'
import { lastRuns, runRetention } from '../../compliance/retention-runs.ts'
import type { App } from '../../compose.ts'
import { actorName } from '../actor.ts'
import type { Cli } from '../cli.ts'
import { columns } from '../terminal.ts'
import { wholeNumber, type Common } from './answers.ts'

interface DeskFlags extends Common {
  as?: string
  note: string
  requested?: string
}

/** Adds `compliance check`, `opt-outs`, `requests`, `export`, `rectify`, `erase` and `retention`. */
export function complianceCommands(program: Command, cli: Cli): void {
  const compliance = program
    .command('compliance')
    .description('opt-outs, data requests, retention, and the proof of them')
  compliance
    .command('check')
    .description('prove over the whole ledger that nobody was written to after opting out, and that the records hold')
    .option('--json', 'print one JSON document')
    .action((flags: Common) => cli.withApp((app) => check(cli, app, flags)))
  compliance
    .command('opt-outs')
    .description('the newest wishes to be left alone: when they came, when they took effect')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--json', 'print one JSON document')
    .action((flags: Common & { limit: number }) => cli.withApp((app) => optOuts(cli, app, flags)))
  compliance
    .command('requests')
    .description('what people asked about their data, and by when it is due')
    .option('--open', 'only those without an answer')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--json', 'print one JSON document')
    .action((flags: Common & { open?: boolean; limit: number }) => cli.withApp((app) => requests(cli, app, flags)))
  compliance
    .command('consents')
    .description('where one address stands, and every act that led there')
    .argument('<address>')
    .option('--json', 'print one JSON document')
    .action((address: string, flags: Common) => cli.withApp((app) => consents(cli, app, address, flags)))
  desk(compliance.command('export').description('write everything about one person to a directory, as JSON and CSV'))
    .requiredOption('--out <directory>', 'a directory that does not exist yet')
    .action((address: string, flags: DeskFlags & { out: string }) =>
      cli.withApp(async (app) => {
        const answer = await answerExport(app.db, { ...deskOf(app, address, flags), directory: flags.out })
        if (flags.json) return cli.terminal.json(answer)
        cli.terminal.line(`request ${answer.request}: ${answer.files.length} files in ${flags.out}`)
      }),
    )
  desk(compliance.command('rectify').description("correct one person's name or ZIP"))
    .option('--first-name <name>')
    .option('--last-name <name>')
    .option('--zip <zip>', 'five digits, or empty when it is not known')
    .action((address: string, flags: DeskFlags & { firstName?: string; lastName?: string; zip?: string }) =>
      cli.withApp(async (app) => {
        const { firstName, lastName, zip } = flags
        const answer = await answerRectify(app.db, {
          ...deskOf(app, address, flags),
          change: { firstName, lastName, zip },
        })
        if (flags.json) return cli.terminal.json(answer)
        cli.terminal.line(`request ${answer.request}: corrected ${answer.changed.join(', ')}`)
      }),
    )
  desk(compliance.command('erase').description('erase one person; the keyed hash of the address stays suppressed'))
    .requiredOption('--yes', 'it cannot be undone')
    .action((address: string, flags: DeskFlags) =>
      cli.withApp(async (app) => {
        const answer = await answerErase(app.db, deskOf(app, address, flags))
        if (flags.json) return cli.terminal.json(answer)
        const counts = Object.entries(answer.removed).map(([what, count]) => `${count} ${what}`)
        cli.terminal.line(`request ${answer.request}: erased; ${counts.join(', ')}`)
      }),
    )
  compliance
    .command('retention')
    .description('when each kind of data was last looked through; with --run, remove what is too old now')
    .option('--run', 'remove what is too old')
    .option('--as <name>', 'who does it')
    .option('--json', 'print one JSON document')
    .action((flags: Common & { run?: boolean; as?: string }) => cli.withApp((app) => retention(cli, app, flags)))
}

function desk(command: Command): Command {
  return command
    .argument('<address>')
    .option('--note <text>', 'how the request came and how the person was identified; no personal data', '')
    .option('--requested <date>', 'when it came (YYYY-MM-DD); today unless told')
    .option('--as <name>', 'who answers')
    .option('--json', 'print one JSON document')
}

async function consents(cli: Cli, app: App, address: string, flags: Common): Promise<void> {
  const key = requireAddressKey(app.addressKey, address)
  const [state, history] = [await consentState(app.db, key), await consentHistory(app.db, key)]
  if (flags.json)
    return cli.terminal.json({
      state,
      addressKey: key.toString('hex'),
      history: history.map((event) => ({ ...event, addressKey: undefined })),
    })
  if (state === null) return cli.terminal.line('nothing is known of this address')
  const until = state.expiresAt === null ? '' : ` until ${state.expiresAt.toISOString().slice(0, 10)}`
  cli.terminal.line(
    `${state.mayBeWrittenTo ? `may be written to${until}` : 'must not be written to'}: ${state.act} (${state.basis})`,
  )
  const rows = history.map((event) => [
    event.at.toISOString(),
    event.act,
    event.basis,
    event.wording ?? '',
    JSON.stringify(event.evidence),
  ])
  for (const line of columns(rows)) cli.terminal.line(`  ${line}`)
}

function deskOf(app: App, text: string, { note, requested, as }: DeskFlags) {
  const now = app.clock.now()
  return {
    addressKey: requireAddressKey(app.addressKey, text),
    requestedAt: requested === undefined ? now : requestDay(requested, now),
    now,
    note,
    by: actorName(as),
  }
}

async function check(cli: Cli, app: App, flags: Common): Promise<void> {
  const result = await checkCompliance(app.db, app.clock.now())
  if (flags.json) cli.terminal.json(result)
  else for (const line of checkLines(result)) cli.terminal.line(line)
  if (!result.isSound) cli.fail()
}

function checkLines(result: ComplianceCheck): string[] {
  const { latency, audit } = result
  const ms = (value: number | null) => (value === null ? '–' : `${Math.round(value)} ms`)
  return [
    `messages sent after an opt-out took effect: ${result.sendsAfterOptOut}${result.sendsAfterOptOut === 0 ? '' : '  <- must be 0'}`,
    ...result.examples.map(
      (each) =>
        `  delivery ${each.deliveryId} of ${each.campaignId} at ${each.startedAt.toISOString()}, suppressed (${each.reason}) since ${each.suppressedAt.toISOString()}`,
    ),
    `already on their way when the wish came: ${result.inTheAir}`,
    `opt-outs: ${latency.wishes}; request to effect: median ${ms(latency.p50Ms)}, p99 ${ms(latency.p99Ms)}, longest ${ms(latency.maxMs)}`,
    audit.broken === null
      ? `audit log: ${audit.sound} entries, the chain holds; its head is ${audit.head || 'empty'}`
      : `audit log: broken at entry ${audit.broken.place}: ${audit.broken.why}`,
    `data requests that are late: ${result.overdueRequests}`,
    ...result.lateRetention.map(
      ({ dataClass, lastRunAt }) =>
        `retention of ${dataClass} has not run for two days (last: ${lastRunAt?.toISOString() ?? 'never'})`,
    ),
  ]
}

async function optOuts(cli: Cli, app: App, flags: Common & { limit: number }): Promise<void> {
  const list = await latestOptOuts(app.db, flags.limit)
  if (flags.json) return cli.terminal.json(list)
  const rows = list.map((each) => [
    each.requestedAt.toISOString(),
    `${each.effectiveAt.getTime() - each.requestedAt.getTime()} ms`,
    each.channel,
    each.deliveryId === null ? '' : `delivery ${each.deliveryId}`,
    each.addressKey.slice(0, 16),
  ])
  for (const line of columns([['requested', 'effective after', 'channel', 'message', 'address key'], ...rows]))
    cli.terminal.line(line)
}

async function requests(cli: Cli, app: App, flags: Common & { open?: boolean; limit: number }): Promise<void> {
  const list = await listRequests(app.db, flags.limit, flags.open)
  if (flags.json) return cli.terminal.json(list)
  const day = (at: Date | null) => at?.toISOString().slice(0, 10) ?? ''
  const rows = list.map((each) => [
    each.id,
    each.kind,
    day(each.requestedAt),
    day(each.dueAt),
    day(each.doneAt) || 'open',
    each.takenBy,
    each.note,
  ])
  for (const line of columns([['id', 'kind', 'requested', 'due', 'done', 'taken by', 'note'], ...rows]))
    cli.terminal.line(line)
}

async function retention(cli: Cli, app: App, flags: Common & { run?: boolean; as?: string }): Promise<void> {
  const runs = flags.run ? await runRetention(app.db, app.clock.now(), actorName(flags.as)) : null
  const last = await lastRuns(app.db)
  if (flags.json) return cli.terminal.json({ runs, last })
  for (const { dataClass, removed, cutoff } of runs ?? [])
    cli.terminal.line(`${dataClass}: ${removed} removed from before ${cutoff.toISOString()}`)
  for (const { dataClass, lastRunAt } of last)
    cli.terminal.line(`${dataClass}: last run ${lastRunAt?.toISOString() ?? 'never'}`)
}
