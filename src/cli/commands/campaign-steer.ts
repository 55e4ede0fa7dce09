// rollcall campaign pause, resume, cancel, throttle, retry-failed, resolve-doubt: what a person decides while it is sent.
import type { Command } from 'commander'
import { cancelCampaign, pauseCampaign, resumeCampaign, useTransports } from '../../campaign/control.ts'
import { RollcallError } from '../../core/errors.ts'
import { resolveDoubt, retryFailed, skipCancelled } from '../../delivery/deliveries.ts'
import { campaignStatus } from '../../delivery/report.ts'
import { throttleCampaign } from '../../delivery/throttles.ts'
import { actorName } from '../actor.ts'
import type { Cli } from '../cli.ts'
import { laneLines } from '../report-text.ts'
import { names, rateOrNone, report, type Common } from './answers.ts'

/** Adds the commands that steer a send. */
export function steeringCommands(campaign: Command, cli: Cli): void {
  steerCommands(campaign, cli)
  throttleCommand(campaign, cli)
  repairCommands(campaign, cli)
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

function throttleCommand(campaign: Command, cli: Cli): void {
  campaign
    .command('throttle')
    .description('limit a campaign, or choose its transports, while it is sent')
    .argument('<id>')
    .option('--per-second <n>', 'at most so many messages a second; "none" ends the limit', rateOrNone)
    .option('--transport <names>', 'transports it may use from now on, best first; one alone pins it', names)
    .option('--as <name>', 'who decides it')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common & { perSecond?: number | null; transport?: string[] }) =>
      cli.withApp(async (app) => {
        const act = { actor: actorName(options.as), clock: app.clock }
        if (options.perSecond === undefined && options.transport === undefined)
          throw new RollcallError('usage', 'say --per-second or --transport', { kind: 'usage', hint: 'see --help' })
        if (options.transport !== undefined)
          await useTransports(app.db, id, app.knownTransports(options.transport), act)
        if (options.perSecond !== undefined) await throttleCampaign(app.db, id, options.perSecond, act)
        await app.enqueueDue()
        const status = await campaignStatus(app.db, id)
        if (options.json) cli.terminal.json(status)
        else for (const line of laneLines(status)) cli.terminal.line(line)
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
