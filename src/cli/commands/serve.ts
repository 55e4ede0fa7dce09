// rollcall serve: the pages behind the links of our messages.
import type { Command } from 'commander'
import { serveWeb } from '../../web/serve.ts'
import type { Cli } from '../cli.ts'
import { portNumber, stopped } from '../serving.ts'

/** Adds `serve`. */
export function serveCommand(program: Command, cli: Cli): void {
  program
    .command('serve')
    .description('serve the subscriber pages until it is stopped (SIGINT, SIGTERM)')
    .option('--port <n>', 'instead of ROLLCALL_HTTP_PORT; 0 takes any that is free', portNumber)
    .action((options: { port?: number }) =>
      cli.withApp(async (app) => {
        const { ROLLCALL_HTTP_HOST: host, ROLLCALL_HTTP_PORT: port } = app.config
        await using server = await serveWeb(app, { host, port: options.port ?? port })
        cli.terminal.note(`Serving ${server.url} for ${app.config.ROLLCALL_BASE_URL}. Stop with Ctrl-C.`)
        await stopped()
        cli.terminal.note('Stopping: answers and letters under way still go out.')
      }),
    )
}
