// rollcall config: every setting, with its default and its sentence.
import type { Command } from 'commander'
import { settingDocs, settingsTable } from '../../config/docs.ts'
import type { Cli } from '../cli.ts'

/** Adds `config`. */
export function configCommand(program: Command, cli: Cli): void {
  program
    .command('config')
    .description('every setting, its default and what it does')
    .option('--json', 'print one JSON document')
    .action((options: { json?: boolean }) => {
      if (options.json) cli.terminal.json(settingDocs())
      else cli.terminal.line(settingsTable())
    })
}
