// rollcall campaign: make it, look at what it is, approve it.
import type { Command } from 'commander'
import { approveWhenSound } from '../../campaign/approve.ts'
import { checkCampaign, type CheckReport } from '../../campaign/check.ts'
import { createCampaign, overrideStance, problemLine, updateCampaign } from '../../campaign/create.ts'
import { findCampaign, listCampaigns } from '../../campaign/campaigns.ts'
import { readTemplateFolder } from '../../campaign/folder.ts'
import { describeSegment, parseSegment } from '../../campaign/segment.ts'
import { setCampaignSegment } from '../../campaign/segments.ts'
import type { RuledStance } from '../../congress/stance.ts'
import { RollcallError } from '../../core/errors.ts'
import { actorName } from '../actor.ts'
import type { Cli } from '../cli.ts'
import { columns } from '../terminal.ts'
import { lookCommands } from './campaign-look.ts'
import { sendCommands } from './campaign-send.ts'
import { steeringCommands } from './campaign-steer.ts'

interface Common {
  json?: boolean
  as?: string
}

/** Adds `campaign` with all its commands. */
export function campaignCommands(program: Command, cli: Cli): void {
  const campaign = program.command('campaign').description('make, check, approve, launch and watch campaigns')
  makeCommands(campaign, cli)
  segmentCommand(campaign, cli)
  checkCommands(campaign, cli)
  lookCommands(campaign, cli)
  sendCommands(campaign, cli)
  steeringCommands(campaign, cli)
}

function makeCommands(campaign: Command, cli: Cli): void {
  campaign
    .command('create')
    .description('make a campaign from a template folder')
    .argument('<dir>', 'folder with campaign.yaml, body.mjml, body.txt.hbs and partials/')
    .option('--as <name>', 'who makes it')
    .option('--json', 'print one JSON document')
    .action(async (dir: string, options: Common) => {
      const files = await readTemplateFolder(dir)
      await cli.withApp(async ({ db, clock }) => {
        const id = await createCampaign(db, files, { actor: actorName(options.as), clock })
        if (options.json) cli.terminal.json({ id })
        else cli.terminal.line(`Made campaign ${id}. Next: rollcall campaign check ${id}`)
      })
    })
  campaign
    .command('update')
    .description('replace the content of a campaign that is not launched; any approval is void')
    .argument('<id>')
    .argument('<dir>')
    .option('--as <name>', 'who edits it')
    .option('--json', 'print one JSON document')
    .action(async (id: string, dir: string, options: Common) => {
      const files = await readTemplateFolder(dir)
      await cli.withApp(async ({ db, clock }) => {
        const revision = await updateCampaign(db, id, files, { actor: actorName(options.as), clock })
        if (options.json) cli.terminal.json({ id, revision })
        else cli.terminal.line(`Campaign ${id} has revision ${revision}. Next: rollcall campaign check ${id}`)
      })
    })
  campaign
    .command('list')
    .description('all campaigns, newest first')
    .option('--json', 'print one JSON document')
    .action((options: Common) =>
      cli.withApp(async ({ db }) => {
        const campaigns = await listCampaigns(db)
        if (options.json)
          cli.terminal.json(campaigns.map(({ id, name, state, audience }) => ({ id, name, state, audience })))
        else
          for (const line of columns(
            campaigns.map(({ id, state, audience, name }) => [id, state, audience ?? '', name]),
          ))
            cli.terminal.line(line)
      }),
    )
}

function segmentCommand(campaign: Command, cli: Cli): void {
  campaign
    .command('segment')
    .description('whom it goes to: shows the segment, or sets it; any approval is void')
    .argument('<id>')
    .argument('[rules]', 'JSON: {"states": {"values": ["OR"]}, "joinedSince": "2017-06-01"}; {} for everyone')
    .option('--as <name>', 'who decides it')
    .option('--json', 'print one JSON document')
    .action((id: string, rules: string | undefined, options: Common) =>
      cli.withApp(async ({ db, clock }) => {
        if (rules !== undefined)
          await setCampaignSegment(db, id, parseSegment(readJson(rules)), { actor: actorName(options.as), clock })
        const segment = parseSegment((await findCampaign(db, id)).segment)
        const words = describeSegment(segment)
        if (options.json) cli.terminal.json({ id, segment, words })
        else cli.terminal.line(`Campaign ${id} goes to: ${words}.`)
      }),
    )
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new RollcallError('bad_segment', `"${text.slice(0, 80)}" is no JSON`, {
      hint: `write it like '{"states": {"values": ["OR"]}}'`,
      kind: 'usage',
    })
  }
}

function checkCommands(campaign: Command, cli: Cli): void {
  campaign
    .command('check')
    .description('everything that would stop or shame the send')
    .argument('<id>')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common) =>
      cli.withApp(async ({ db, sender, clock }) => {
        const report = await checkCampaign(db, id, sender, clock)
        if (options.json) cli.terminal.json(report)
        else printCheck(cli, report)
        if (!report.passed) cli.fail()
      }),
    )
  campaign
    .command('approve')
    .description('put your name to the content as it is now')
    .argument('<id>')
    .requiredOption('--as <name>', 'who approves it')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common & { as: string }) =>
      cli.withApp(async ({ db, sender, clock }) => {
        // The operator's shell is authority enough: no second person is asked for.
        const act = { actor: actorName(options.as), clock, secondPersonFrom: 0 }
        const { state, audience, approvedBy, hash } = await approveWhenSound({ db, sender }, id, act)
        if (options.json) cli.terminal.json({ id, state, approvedBy, hash })
        else
          cli.terminal.line(
            `${options.as} approved campaign ${id} for ${audience} subscribers. Next: rollcall campaign launch ${id} --expect ${audience}`,
          )
      }),
    )
  campaign
    .command('override')
    .description('judge one legislator otherwise than the rules would; any approval is void')
    .argument('<id>')
    .argument('<bioguide>', 'the legislator: M001176')
    .argument('<stance>', 'champion, opponent, neutral or absent')
    .requiredOption('--reason <text>', 'why, for the log')
    .option('--as <name>', 'who decides it')
    .option('--json', 'print one JSON document')
    .action((id: string, bioguide: string, stance: string, options: Common & { reason: string }) =>
      cli.withApp(async ({ db, clock }) => {
        await overrideStance(
          db,
          id,
          { bioguide, stance: readStance(stance), reason: options.reason },
          { actor: actorName(options.as), clock },
        )
        if (options.json) cli.terminal.json({ id, bioguide, stance, reason: options.reason })
        else cli.terminal.line(`${bioguide} counts as ${stance} in campaign ${id}.`)
      }),
    )
}

function readStance(text: string): RuledStance {
  if (text === 'champion' || text === 'opponent' || text === 'neutral' || text === 'absent') return text
  throw new RollcallError('bad_stance', `"${text}" is no stance`, {
    hint: 'use champion, opponent, neutral or absent',
    kind: 'usage',
  })
}

const MARKS = { error: '✗', warning: '!', notice: '·' } as const

function printCheck(cli: Cli, report: CheckReport): void {
  for (const problem of report.problems) cli.terminal.line(`${MARKS[problem.severity]} ${problemLine(problem)}`)
  const count = (severity: string) => report.problems.filter((problem) => problem.severity === severity).length
  cli.terminal.line(
    `${count('error')} errors, ${count('warning')} warnings, ${count('notice')} notices; audience ${report.audience}`,
  )
  cli.terminal.line(
    report.passed
      ? `Next: rollcall campaign approve ${report.campaignId} --as NAME`
      : 'Mend the errors before the campaign can be approved.',
  )
}
