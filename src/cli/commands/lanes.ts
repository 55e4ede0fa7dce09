// rollcall lanes, kill-switch: what holds back every campaign at once.
import type { Command } from 'commander'
import { RollcallError } from '../../core/errors.ts'
import { readKillSwitch, setKillSwitch } from '../../delivery/kill-switch.ts'
import { openLane, pausedLanes, restLane } from '../../delivery/lanes.ts'
import { listThrottles } from '../../delivery/throttles.ts'
import { livingWorkers } from '../../delivery/worker-slots.ts'
import { actorName } from '../actor.ts'
import type { Cli } from '../cli.ts'
import { columns } from '../terminal.ts'
import { report, wholeNumber, type Common } from './answers.ts'

/** Adds `lanes`. */
export function lanesCommands(program: Command, cli: Cli): void {
  const lanes = program.command('lanes').description('the transports: pauses, throttles, workers')
  lanes
    .command('list', { isDefault: true })
    .description('what is paused, throttled, and who works')
    .option('--json', 'print one JSON document')
    .action((options: Common) =>
      cli.withApp(async ({ db, config }) => {
        const [paused, throttles, workers] = [await pausedLanes(db), await listThrottles(db), await livingWorkers(db)]
        const document = { transports: config.ROLLCALL_TRANSPORT, paused, throttles, workers: workers.length }
        if (options.json) return cli.terminal.json(document)
        const rows = config.ROLLCALL_TRANSPORT.map((name) => {
          const pause = paused.find((each) => each.transport === name)
          return [name, pause ? `paused until ${pause.until.toISOString()}: ${pause.reason}` : 'open']
        })
        for (const line of columns(rows)) cli.terminal.line(line)
        for (const { key, perSecond, slowReason } of throttles)
          cli.terminal.line(
            `${key}: ${perSecond === null ? 'a daily limit' : `${perSecond}/s`}${slowReason ? ` (slowed down: ${slowReason})` : ''}`,
          )
        cli.terminal.line(`${workers.length} workers`)
      }),
    )
  lanes
    .command('pause')
    .description('use a transport no more for a while')
    .argument('<name>')
    .requiredOption('--minutes <n>', 'for how long', wholeNumber)
    .option('--reason <text>', 'why, for the others', 'paused by hand')
    .option('--as <name>', 'who does it')
    .option('--json', 'print one JSON document')
    .action((name: string, options: Common & { minutes: number; reason: string }) =>
      cli.withApp(async (app) => {
        const [transport = name] = app.knownTransports([name])
        await restLane(app.db, transport, options.minutes * 60_000, options.reason, actorName(options.as))
        report(
          cli,
          options,
          { transport, minutes: options.minutes },
          `Nothing goes through ${transport} for ${options.minutes} minutes.`,
        )
      }),
    )
  lanes
    .command('resume')
    .description('end the pause of a transport at once')
    .argument('<name>')
    .option('--as <name>', 'who does it')
    .option('--json', 'print one JSON document')
    .action((name: string, options: Common) =>
      cli.withApp(async (app) => {
        const [transport = name] = app.knownTransports([name])
        await openLane(app.db, transport, actorName(options.as))
        await app.enqueueDue()
        report(cli, options, { transport }, `${transport} is open.`)
      }),
    )
}

/** Adds `kill-switch`. */
export function killSwitchCommand(program: Command, cli: Cli): void {
  program
    .command('kill-switch')
    .description('stop every campaign at once (on), let them go on (off), or say how it stands')
    .argument('[state]', 'on or off')
    .option('--reason <text>', 'why, for the others', '')
    .option('--as <name>', 'who does it')
    .option('--json', 'print one JSON document')
    .action((state: string | undefined, options: Common & { reason: string }) =>
      cli.withApp(async (app) => {
        if (state !== undefined && state !== 'on' && state !== 'off')
          throw new RollcallError('usage', `"${state}" is neither on nor off`, { kind: 'usage' })
        if (state !== undefined) await setKillSwitch(app.db, state === 'on', options.reason, actorName(options.as))
        if (state === 'off') await app.enqueueDue()
        const { isEngaged, reason, setBy, setAt } = await readKillSwitch(app.db)
        const line = isEngaged
          ? `The kill switch is on since ${setAt.toISOString()}, by ${setBy}${reason ? `: ${reason}` : ''}. Nothing is sent.`
          : 'The kill switch is off.'
        report(cli, options, { isEngaged, reason, setBy, setAt }, line)
      }),
    )
}
