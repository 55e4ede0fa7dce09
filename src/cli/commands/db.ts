// rollcall db: the schema.
import type { Command } from 'commander'
import type { Cli } from '../cli.ts'

/** Adds `db migrate`. Opening the application applies what is missing; the command says what that was. */
export function dbCommands(program: Command, cli: Cli): void {
  const db = program.command('db').description('the database')
  db.command('migrate')
    .description('bring the database to the newest schema')
    .option('--json', 'print one JSON document')
    .action((options: { json?: boolean }) =>
      cli.withApp(async ({ applied }) => {
        if (options.json) cli.terminal.json({ applied })
        else
          cli.terminal.line(
            applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The database is at the newest schema.',
          )
      }),
    )
}
