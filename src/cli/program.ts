// The tree of commands; only the branch that is called gets loaded.
import { Command } from 'commander'
import type { Cli } from './cli.ts'

/** Adds a branch to the program. */
type AddBranch = (program: Command, cli: Cli) => void

/** Every command file adds its own branch; the order is that of the help. */
const BRANCHES: ReadonlyMap<string, () => Promise<AddBranch>> = new Map([
  ['db', async () => (await import('./commands/db.ts')).dbCommands],
  ['congress', async () => (await import('./commands/congress.ts')).congressCommands],
  ['subscribers', async () => (await import('./commands/subscribers.ts')).subscribersCommands],
  ['campaign', async () => (await import('./commands/campaign.ts')).campaignCommands],
  ['suppressions', async () => (await import('./commands/suppressions.ts')).suppressionsCommands],
  ['compliance', async () => (await import('./commands/compliance.ts')).complianceCommands],
  ['audit', async () => (await import('./commands/audit.ts')).auditCommands],
  ['feedback', async () => (await import('./commands/feedback.ts')).feedbackCommands],
  ['accounts', async () => (await import('./commands/accounts.ts')).accountsCommands],
  ['lanes', async () => (await import('./commands/lanes.ts')).lanesCommands],
  ['kill-switch', async () => (await import('./commands/lanes.ts')).killSwitchCommand],
  ['work', async () => (await import('./commands/work.ts')).workCommand],
  ['serve', async () => (await import('./commands/serve.ts')).serveCommand],
  ['demo', async () => (await import('./commands/demo.ts')).demoCommand],
  ['doctor', async () => (await import('./commands/doctor.ts')).doctorCommand],
  ['config', async () => (await import('./commands/config.ts')).configCommand],
])

/** Returns the program; parsing runs the command. `first` is the first word behind it: the branch that is needed. */
export async function buildProgram(cli: Cli, first: string | undefined): Promise<Command> {
  const program = new Command('rollcall')
    .description('Action alerts about the legislators each subscriber really has.')
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options)')
  const wanted = BRANCHES.get(first ?? '')
  // Anything else, such as --help or a misspelt word, is answered with every branch there is.
  for (const load of wanted ? [wanted] : BRANCHES.values()) {
    const addBranch = await load()
    addBranch(program, cli)
  }
  return program
}
