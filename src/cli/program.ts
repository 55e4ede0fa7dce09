// The tree of commands.
import { Command } from 'commander'
import { campaignCommands } from './commands/campaign.ts'
import { configCommand } from './commands/config.ts'
import { congressCommands } from './commands/congress.ts'
import { dbCommands } from './commands/db.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { subscribersCommands } from './commands/subscribers.ts'
import { suppressionsCommands } from './commands/suppressions.ts'
import { workCommand } from './commands/work.ts'
import type { Cli } from './cli.ts'

/** Returns the program; parsing it runs the command. Every command file adds its own branch. */
export function buildProgram(cli: Cli): Command {
  const program = new Command('rollcall')
    .description('Action alerts about the legislators each subscriber really has.')
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options)')
  dbCommands(program, cli)
  congressCommands(program, cli)
  subscribersCommands(program, cli)
  campaignCommands(program, cli)
  suppressionsCommands(program, cli)
  workCommand(program, cli)
  demoCommand(program, cli)
  doctorCommand(program, cli)
  configCommand(program, cli)
  return program
}
