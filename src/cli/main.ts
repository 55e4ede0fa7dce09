#!/usr/bin/env node
// The command line: parses, calls, prints. Exit code 0 is success, 1 work that failed, 2 wrong usage.
import './node-version.ts'
import './small-heap.ts'
import process from 'node:process'
import { CommanderError } from 'commander'
import { compose } from '../compose.ts'
import { loadConfig } from '../config/load.ts'
import type { Cli } from './cli.ts'
import { buildProgram } from './program.ts'
import { reportError, terminal } from './terminal.ts'

let failed = false

const cli: Cli = {
  terminal,
  config: () => loadConfig(),
  async withApp(work, overrides) {
    await using app = await compose(await loadConfig(overrides))
    return await work(app)
  },
  fail: () => {
    failed = true
  },
}

// A reader that has seen enough (`| head`) ends us quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  const program = await buildProgram(cli, process.argv[2])
  await program.parseAsync(process.argv)
  process.exitCode = failed ? 1 : 0
} catch (error) {
  // Commander has said what is wrong by itself; help and version are no errors.
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportError(error)
}
