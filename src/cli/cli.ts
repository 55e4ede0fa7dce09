// What every command is given: the terminal, and a way to open Rollcall and close it again.
import type { App } from '../compose.ts'
import type { Config } from '../config/load.ts'
import type { Terminal } from './terminal.ts'

export interface Cli {
  readonly terminal: Terminal
  /** Reads the settings only. */
  config(): Promise<Config>
  /** Opens database and all, runs `work`, and closes everything whatever happens. Settings in `overrides` win. */
  withApp<T>(work: (app: App) => Promise<T>, overrides?: Record<string, string>): Promise<T>
  /** Ends the process with this code after everything is closed, for a command that worked but must not report success. */
  fail(): void
}

/** Returns the word given twice or more as a list: `--map a=b --map c=d`. */
export function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value]
}
