// rollcall campaign launch, pause, resume, cancel, status, report: the send and what became of it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import {
  campaignEvents,
  cancelCampaign,
  pauseCampaign,
  resumeCampaign,
  scheduleCampaign,
} from '../../campaign/control.ts'
import type { App } from '../../compose.ts'
import { RollcallError } from '../../core/errors.ts'
import { resolveDoubt, retryFailed, skipCancelled } from '../../delivery/deliveries.ts'
import { campaignReport, campaignStatus, type Status } from '../../delivery/report.ts'
import { actorName } from '../actor.ts'
import type { Cli } from '../cli.ts'
import { printReport, statusLine } from '../report-text.ts'

interface Common {
  as?: string
  json?: boolean
}

/** Adds the commands that start, steer and watch a send. */
export function sendCommands(campaign: Command, cli: Cli): void {
  launchCommand(campaign, cli)
  steerCommands(campaign, cli)
  repairCommands(campaign, cli)
  watchCommands(campaign, cli)
}

interface LaunchFlags extends Common {
  expect?: number
  wait?: boolean
  at?: Date
}

function launchCommand(campaign: Command, cli: Cli): void {
  campaign
    .command('launch')
    .description('freeze the audience and send, or set the time for it')
    .argument('<id>')
    .option('--expect <n>', 'refuse unless exactly so many subscribers are in the audience', wholeNumber)
    .option('--at <time>', 'launch at this time (ISO 8601 with zone: 2017-12-22T09:00:00-05:00)', instant)
    .option('--wait', 'work on it in this process, too, and return when it is finished')
    .option('--as <name>', 'who launches it')
    .option('--json', 'print one JSON document')
    .action((id: string, options: LaunchFlags) =>
      cli.withApp(async (app) => {
        const actor = actorName(options.as)
        if (options.at) {
          await scheduleCampaign(app.db, id, options.at, options.expect ?? null, { actor, clock: app.clock })
          report(
            cli,
            options,
            { id, state: 'scheduled', launchAt: options.at },
            `Campaign ${id} launches at ${options.at.toISOString()}, as long as a worker runs.`,
          )
          return
        }
        const launched = await app.launch(id, { expect: options.expect ?? null, actor })
        if (!options.wait) {
          report(
            cli,
            options,
            { id, state: 'sending', ...launched },
            `Campaign ${id} is on its way to ${launched.audience} subscribers (${launched.skipped} skipped). Workers send it: rollcall work`,
          )
          return
        }
        await workUntilDone(app, cli, id)
        const status = await campaignStatus(app.db, id)
        if (options.json) cli.terminal.json(status)
        else cli.terminal.line(statusLine(status))
        if (status.deliveries.failed > 0 || status.state !== 'finished') cli.fail()
      }),
    )
}

/** Starts a worker beside those that already run, and shows progress until the campaign has ended or stands still. */
async function workUntilDone(app: App, cli: Cli, id: string): Promise<void> {
  await using worker = await app.work()
  void worker
  using progress = cli.terminal.progress('sending', 1)
  for (;;) {
    const status = await campaignStatus(app.db, id)
    progress.update(doneOf(status), status.audience ?? 1)
    if (status.state !== 'sending') return
    await sleep(250)
  }
}

function doneOf({ deliveries, audience }: Status): number {
  return (audience ?? 0) - deliveries.pending - deliveries.sending - deliveries.deferred
}

function steerCommands(campaign: Command, cli: Cli): void {
  campaign
    .command('pause')
    .description('stop claiming at once; messages already in the air still arrive')
    .argument('<id>')
    .option('--reason <text>', 'why, for the log', 'paused by hand')
    .option('--as <name>', 'who pauses it')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common & { reason: string }) =>
      cli.withApp(async ({ db, clock }) => {
        await pauseCampaign(db, id, options.reason, { actor: actorName(options.as), clock })
        report(cli, options, { id, state: 'paused' }, `Campaign ${id} is paused.`)
      }),
    )
  campaign
    .command('resume')
    .description('go on where it was paused')
    .argument('<id>')
    .option('--as <name>', 'who resumes it')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common) =>
      cli.withApp(async (app) => {
        await resumeCampaign(app.db, id, { actor: actorName(options.as), clock: app.clock })
        await app.enqueueDue()
        report(cli, options, { id, state: 'sending' }, `Campaign ${id} goes on.`)
      }),
    )
  campaign
    .command('cancel')
    .description('end it; what is not sent yet is skipped')
    .argument('<id>')
    .option('--as <name>', 'who cancels it')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common) =>
      cli.withApp(async ({ db, clock }) => {
        await cancelCampaign(db, id, { actor: actorName(options.as), clock })
        const skipped = await skipCancelled(db)
        report(
          cli,
          options,
          { id, state: 'cancelled', skipped },
          `Campaign ${id} is cancelled; ${skipped} deliveries were skipped.`,
        )
      }),
    )
}

function repairCommands(campaign: Command, cli: Cli): void {
  campaign
    .command('retry-failed')
    .description('make failed deliveries due again')
    .argument('<id>')
    .option('--reason <word>', 'only those that failed for this reason')
    .option('--as <name>', 'who decides it')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common & { reason?: string }) =>
      cli.withApp(async (app) => {
        const retried = await retryFailed(app.db, id, actorName(options.as), options.reason ?? null)
        await app.enqueueDue()
        report(cli, options, { id, retried }, `${retried} deliveries are due again.`)
      }),
    )
  campaign
    .command('resolve-doubt')
    .description('say what became of the deliveries in doubt')
    .argument('<id>')
    .argument('<as>', 'sent: they arrived; resend: send them again, byte for byte the same')
    .option('--as <name>', 'who decides it')
    .option('--json', 'print one JSON document')
    .action((id: string, resolution: string, options: Common) =>
      cli.withApp(async (app) => {
        if (resolution !== 'sent' && resolution !== 'resend') {
          throw new RollcallError('usage', `"${resolution}" is no way to resolve doubt`, {
            hint: 'use sent or resend',
            kind: 'usage',
          })
        }
        const resolved = await resolveDoubt(app.db, id, resolution, actorName(options.as))
        await app.enqueueDue()
        report(cli, options, { id, resolved }, `${resolved} deliveries in doubt are resolved as ${resolution}.`)
      }),
    )
}

function watchCommands(campaign: Command, cli: Cli): void {
  campaign
    .command('status')
    .description('where every delivery is')
    .argument('<id>')
    .option('--watch', 'go on until the campaign has ended')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common & { watch?: boolean }) =>
      cli.withApp(async ({ db }) => {
        let status = await campaignStatus(db, id)
        while (options.watch && isRunning(status)) {
          cli.terminal.note(statusLine(status))
          await sleep(1000)
          status = await campaignStatus(db, id)
        }
        if (options.json) cli.terminal.json(status)
        else cli.terminal.line(statusLine(status))
      }),
    )
  campaign
    .command('log')
    .description('who did what, and when')
    .argument('<id>')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common) =>
      cli.withApp(async ({ db }) => {
        const events = await campaignEvents(db, id)
        if (options.json) cli.terminal.json(events)
        else
          for (const { at, actor, act, detail } of events)
            cli.terminal.line(`${at.toISOString()}  ${actor}  ${act}  ${JSON.stringify(detail)}`)
      }),
    )
  campaign
    .command('report')
    .description('by state, outcome, reason and stance')
    .argument('<id>')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common) =>
      cli.withApp(async ({ db }) => {
        const document = await campaignReport(db, id)
        if (options.json) cli.terminal.json(document)
        else printReport(cli.terminal, document)
      }),
    )
}

function isRunning({ state }: Status): boolean {
  return state === 'scheduled' || state === 'sending' || state === 'paused'
}

function report(cli: Cli, options: Common, document: object, line: string): void {
  if (options.json) cli.terminal.json(document)
  else cli.terminal.line(line)
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new RollcallError('usage', `"${text}" is no whole number`, {
    hint: 'write digits only: --expect 12345',
    kind: 'usage',
  })
}

function instant(text: string): Date {
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(time.getTime())) return time
  throw new RollcallError('usage', `"${text}" is no time with a zone`, {
    hint: 'write it like 2017-12-22T09:00:00-05:00',
    kind: 'usage',
  })
}
