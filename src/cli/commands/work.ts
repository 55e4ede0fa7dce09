// rollcall work: a worker process; run as many as you like, on as many machines.
import type { Command } from 'commander'
import { RollcallError } from '../../core/errors.ts'
import type { Cli } from '../cli.ts'
import { stopped } from '../serving.ts'

/** Adds `work`. */
export function workCommand(program: Command, cli: Cli): void {
  program
    .command('work')
    .description('a worker process: sends what the ledger says is due, until it is stopped (SIGINT, SIGTERM)')
    .option('--concurrency <n>', 'shards drained at once', positive)
    .option('--until-done', 'end when no campaign is sending')
    .action((options: { concurrency?: number; untilDone?: boolean }) =>
      cli.withApp(async (app) => {
        await using worker = await app.work(
          options.concurrency === undefined ? {} : { concurrency: options.concurrency },
        )
        const queues = await app.queues()
        cli.terminal.note(
          `Working: transport ${app.config.ROLLCALL_TRANSPORT.join(', ')}, queue on ${queues.backend}. Stop with Ctrl-C.`,
        )
        await Promise.race([stopped(), ...(options.untilDone ? [worker.drained()] : [])])
        cli.terminal.note('Stopping: what is in the air may land.')
      }),
    )
}

function positive(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new RollcallError('usage', `"${text}" is no number from 1 to 9999`, { kind: 'usage' })
}
