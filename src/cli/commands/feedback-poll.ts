// rollcall feedback poll: returned mail that waits in a mailbox, over IMAP.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { messageOf } from '../../core/errors.ts'
import { mailboxPoller } from '../../feedback/poll.ts'
import type { Cli } from '../cli.ts'
import { stopped } from '../serving.ts'
import { wholeNumber } from './answers.ts'

interface Flags {
  every?: number
  json?: boolean
}

/** Adds `poll` to `feedback`. */
export function pollCommand(feedback: Command, cli: Cli): void {
  feedback
    .command('poll')
    .description('fetch returned mail from the mailbox of ROLLCALL_FEEDBACK_IMAP_URL, and apply what it proves')
    .option('--every <seconds>', 'again and again until it is stopped (SIGINT, SIGTERM)', wholeNumber)
    .option('--json', 'print one JSON document')
    .action((flags: Flags) => poll(cli, flags))
}

async function poll(cli: Cli, { every, json }: Flags): Promise<void> {
  await cli.withApp(async ({ config, intake, log }) => {
    const fetchNew = mailboxPoller(intake, log, config.ROLLCALL_FEEDBACK_IMAP_URL)
    const once = async (): Promise<void> => {
      const { fetched, left } = await fetchNew()
      if (json) cli.terminal.json({ fetched, left })
      else if (every === undefined || fetched + left > 0)
        cli.terminal.line(`${fetched} mails fetched, ${left} too large and left`)
    }
    if (every === undefined) return await once()
    const stop = new AbortController()
    void stopped().then(() => stop.abort())
    while (!stop.signal.aborted) {
      // A mail server that is away now is there again in a while.
      await once().catch((error: unknown) => cli.terminal.note(messageOf(error)))
      await sleep(every * 1_000, undefined, { signal: stop.signal }).catch(() => undefined) // only the stop cuts it short
    }
  })
}
