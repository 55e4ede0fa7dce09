// The tree of commands.
import { Command } from 'commander'
import { configCommand } from './commands/config.ts'
import { dbCommands } from './commands/db.ts'
import type { Cli } from './cli.ts'

/** Returns the program; parsing it runs the command. Every command file adds its own branch. */
export function buildProgram(cli: Cli): Command {
  const program = new Command('rollcall')
    .description('Action alerts about the legislators each subscriber really has.')
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options)')
  dbCommands(program, cli)
  configCommand(program, cli)
  return program
}
