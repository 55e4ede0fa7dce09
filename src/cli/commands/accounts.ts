// rollcall accounts: the team from a shell, for the day nobody gets in.
import type { Command } from 'commander'
import { email as emailShape, role as roleShape } from '../../access/account.ts'
import { findCredentials, listAccounts, removeSecondFactor, setDisabled } from '../../access/accounts.ts'
import { askReset, invite } from '../../access/account-links.ts'
import type { App } from '../../compose.ts'
import { RollcallError } from '../../core/errors.ts'
import { actorName } from '../actor.ts'
import type { Cli } from '../cli.ts'
import { columns } from '../terminal.ts'

interface Common {
  as?: string
  json?: boolean
}

/** Adds `accounts` with its commands. */
export function accountsCommands(program: Command, cli: Cli): void {
  const accounts = program.command('accounts').description('who may sign in to the console')
  accounts
    .command('list')
    .description('everybody with an account')
    .option('--json', 'print one JSON document')
    .action((options: Common) =>
      cli.withApp(async ({ db }) => {
        const all = await listAccounts(db)
        if (options.json) return cli.terminal.json(all)
        for (const line of columns(all.map((each) => [each.id, each.role, stateOf(each), each.email, each.name])))
          cli.terminal.line(line)
      }),
    )
  accounts
    .command('invite')
    .description('print a link with which somebody makes their account; no mail is sent')
    .argument('<email>')
    .argument('<role>', 'viewer, author, approver, compliance or admin')
    .option('--as <name>', 'who invites')
    .action((email: string, role: string, options: Common) =>
      cli.withApp(async ({ db, clock, config }) => {
        const wish = { email: read(emailShape, email), role: read(roleShape, role) }
        const token = await invite(db, wish, actorName(options.as), clock.now())
        cli.terminal.line(`${config.ROLLCALL_BASE_URL.replace(/\/$/, '')}/console/invitation/${token}`)
      }),
    )
  accounts
    .command('reset')
    .description('print a link for a new password, good for 30 minutes; with --second-factor the lost one is removed')
    .argument('<email>')
    .option('--second-factor', 'the phone is lost: set up a new one after signing in')
    .option('--as <name>', 'who does it')
    .action((email: string, options: Common & { secondFactor?: boolean }) =>
      cli.withApp(async (app) => {
        const { id } = await accountOf(app, email)
        if (options.secondFactor) await removeSecondFactor(app.db, id, actorName(options.as))
        const asked = await askReset(app.db, read(emailShape, email), app.clock.now())
        if (asked === null)
          throw new RollcallError('account_shut', `${email} is shut`, { hint: 'rollcall accounts open' })
        cli.terminal.line(`${app.config.ROLLCALL_BASE_URL.replace(/\/$/, '')}/console/password/${asked.token}`)
      }),
    )
  for (const [act, description] of [
    ['shut', 'nobody signs in with this account any more'],
    ['open', 'the account can be used again'],
  ] as const) {
    accounts
      .command(act)
      .description(description)
      .argument('<email>')
      .option('--as <name>', 'who does it')
      .action((email: string, options: Common) =>
        cli.withApp(async (app) => {
          const { id, name } = await accountOf(app, email)
          await setDisabled(app.db, id, act === 'shut' ? app.clock.now() : null, actorName(options.as))
          cli.terminal.line(`${name}: ${act === 'shut' ? 'shut' : 'open'}`)
        }),
      )
  }
}

function stateOf({ isDisabled, hasSecondFactor }: { isDisabled: boolean; hasSecondFactor: boolean }): string {
  return isDisabled ? 'shut' : hasSecondFactor ? 'second factor' : 'password alone'
}

async function accountOf({ db }: App, email: string) {
  const account = await findCredentials(db, { email: read(emailShape, email) })
  if (account) return account
  throw new RollcallError('no_account', `${email} has no account`, {
    hint: '`rollcall accounts list` shows them',
    kind: 'usage',
  })
}

interface Shape<Value> {
  safeParse(text: string): { success: true; data: Value } | { success: false; error: { issues: { message: string }[] } }
}

function read<Value>(shape: Shape<Value>, text: string): Value {
  const parsed = shape.safeParse(text)
  if (parsed.success) return parsed.data
  throw new RollcallError('usage', `"${text}" ${parsed.error.issues[0]?.message ?? 'is wrong'}`, { kind: 'usage' })
}
