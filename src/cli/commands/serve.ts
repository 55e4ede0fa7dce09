// rollcall serve: the console, the API, and the pages behind the links of our messages.
import type { Command } from 'commander'
import { isUnclaimed } from '../../access/accounts.ts'
import { serveWeb } from '../../web/serve.ts'
import type { Cli } from '../cli.ts'
import { loadSample } from '../sample.ts'
import { portNumber, stopped } from '../serving.ts'

/** Adds `serve`. */
export function serveCommand(program: Command, cli: Cli): void {
  program
    .command('serve')
    .description('serve the console, the API and the subscriber pages until it is stopped (SIGINT, SIGTERM)')
    .option('--port <n>', 'instead of ROLLCALL_HTTP_PORT; 0 takes any that is free', portNumber)
    .option('--work', 'be a worker as well: one process is enough for a trial')
    .option('--sample', 'load the reference campaign and a made-up list when there is no campaign yet')
    .action((options: { port?: number; work?: boolean; sample?: boolean }) =>
      cli.withApp(async (app) => {
        const { ROLLCALL_HTTP_HOST: host, ROLLCALL_HTTP_PORT: port, ROLLCALL_BASE_URL: baseUrl } = app.config
        if (options.sample) await loadSample({ app, terminal: cli.terminal })
        await using server = await serveWeb(app, { host, port: options.port ?? port })
        if (options.work) await app.work()
        cli.terminal.note(`Serving ${server.url} for ${baseUrl}. Stop with Ctrl-C.`)
        cli.terminal.note(`The console is at ${server.url}/console`)
        if (await isUnclaimed(app.db)) {
          cli.terminal.note('Nobody has an account yet: the first visit makes the admin.')
          if (server.setupCode !== null) cli.terminal.note(`It asks for this setup code: ${server.setupCode}`)
        }
        await stopped()
        cli.terminal.note('Stopping: answers and letters under way still go out.')
      }),
    )
}
