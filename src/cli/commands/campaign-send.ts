// rollcall campaign launch, status, log, report: the send and what became of it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { campaignEvents, scheduleCampaign } from '../../campaign/control.ts'
import type { App } from '../../compose.ts'
import { RollcallError } from '../../core/errors.ts'
import { campaignReport, campaignStatus, type Status } from '../../delivery/report.ts'
import { throttleCampaign } from '../../delivery/throttles.ts'
import { actorName } from '../actor.ts'
import type { Cli } from '../cli.ts'
import { laneLines, printReport, statusLine } from '../report-text.ts'
import { names, rate, report, wholeNumber, type Common } from './answers.ts'

/** Adds the commands that start and watch a send. */
export function sendCommands(campaign: Command, cli: Cli): void {
  launchCommand(campaign, cli)
  watchCommands(campaign, cli)
}

interface LaunchFlags extends Common {
  expect?: number
  wait?: boolean
  at?: Date
  transport?: string[]
  canary: boolean
  canaryWait?: number
  perSecond?: number
}

function launchCommand(campaign: Command, cli: Cli): void {
  campaign
    .command('launch')
    .description('freeze the audience and send, or set the time for it')
    .argument('<id>')
    .option('--expect <n>', 'refuse unless exactly so many subscribers are in the audience', wholeNumber)
    .option('--at <time>', 'launch at this time (ISO 8601 with zone: 2017-12-22T09:00:00-05:00)', instant)
    .option('--wait', 'work on it in this process, too, and return when it is finished')
    .option('--transport <names>', 'transports it may use, best first: smtp,sendgrid; one alone pins it', names)
    .option('--no-canary', 'send to everybody at once')
    .option('--canary-wait <minutes>', 'how long to wait after the canary for late bounces', wholeNumber)
    .option('--per-second <n>', 'at most so many messages a second', rate)
    .option('--as <name>', 'who launches it')
    .option('--json', 'print one JSON document')
    .action((id: string, options: LaunchFlags) =>
      cli.withApp(async (app) => {
        const actor = actorName(options.as)
        if (options.at) {
          assertPlain(options)
          await scheduleCampaign(app.db, id, options.at, options.expect ?? null, { actor, clock: app.clock })
          report(
            cli,
            options,
            { id, state: 'scheduled', launchAt: options.at },
            `Campaign ${id} launches at ${options.at.toISOString()}, as long as a worker runs.`,
          )
          return
        }
        if (options.perSecond !== undefined)
          await throttleCampaign(app.db, id, options.perSecond, { actor, clock: app.clock })
        const launched = await app.launch(id, {
          expect: options.expect ?? null,
          actor,
          transports: options.transport,
          canary: options.canary,
          canaryWaitMinutes: options.canaryWait,
        })
        if (!options.wait) {
          report(
            cli,
            options,
            { id, state: 'sending', ...launched },
            `Campaign ${id} is on its way to ${launched.audience} subscribers (${launched.skipped} skipped${launched.canary > 0 ? `; ${launched.canary} go first` : ''}). Workers send it: rollcall work`,
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

/** A launch at its hour goes by the settings; what would be forgotten until then is refused. */
function assertPlain({ transport, canary, canaryWait, perSecond }: LaunchFlags): void {
  if (transport === undefined && canary && canaryWait === undefined && perSecond === undefined) return
  throw new RollcallError('usage', 'with --at the settings decide about transports, canary and speed', {
    hint: 'set ROLLCALL_TRANSPORT, ROLLCALL_CANARY_* and ROLLCALL_MESSAGES_PER_SECOND, or launch without --at',
    kind: 'usage',
  })
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
          cli.terminal.note([statusLine(status), ...laneLines(status).map((line) => `  ${line}`)].join('\n'))
          await sleep(1000)
          status = await campaignStatus(db, id)
        }
        if (options.json) cli.terminal.json(status)
        else {
          cli.terminal.line(statusLine(status))
          if (isRunning(status)) for (const line of laneLines(status)) cli.terminal.line(`  ${line}`)
        }
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

function instant(text: string): Date {
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(time.getTime())) return time
  throw new RollcallError('usage', `"${text}" is no time with a zone`, {
    hint: 'write it like 2017-12-22T09:00:00-05:00',
    kind: 'usage',
  })
}
