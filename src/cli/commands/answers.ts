// What the commands of a campaign have in common: options that people write, and the answer they get.
import { RollcallError } from '../../core/errors.ts'
import type { Cli } from '../cli.ts'

export interface Common {
  as?: string
  json?: boolean
}

/** Prints the document for programs, or the line for people. */
export function report(cli: Cli, options: Common, document: object, line: string): void {
  if (options.json) cli.terminal.json(document)
  else cli.terminal.line(line)
}

/** Returns the number; throws `usage` for anything but up to nine digits. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw usage(`"${text}" is no whole number`, 'write digits only: --expect 12345')
}

/** Returns messages a second; throws `usage` for what is no number above 0. */
export function rate(text: string): number {
  if (/^\d{1,6}(?:\.\d+)?$/.test(text) && Number(text) > 0) return Number(text)
  throw usage(`"${text}" is no rate`, 'write messages a second: --per-second 50, or 0.5')
}

/** Returns messages a second, or null for "none". */
export function rateOrNone(text: string): number | null {
  return text === 'none' ? null : rate(text)
}

/** Returns the names of a comma-separated list. */
export function names(text: string): string[] {
  const list = text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  if (list.length > 0) return list
  throw usage('no transport is named', 'write --transport smtp,sendgrid')
}

function usage(message: string, hint: string): RollcallError {
  return new RollcallError('usage', message, { kind: 'usage', hint })
}
