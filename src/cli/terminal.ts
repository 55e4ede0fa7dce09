// What commands write: results on stdout, everything else on stderr.
import process from 'node:process'
import { SingleBar, Presets } from 'cli-progress'
import { RollcallError } from '../core/errors.ts'

export interface Terminal {
  /** One JSON document and nothing else. */
  json(value: unknown): void
  /** One line of the result. */
  line(text?: string): void
  /** Text as it stands: a file, a message. */
  write(text: string | Uint8Array): void
  /** One line about the work, on stderr. */
  note(text: string): void
  /** A progress bar on stderr when it is a terminal, and nothing otherwise. */
  progress(label: string, total: number): Progress
}

interface Progress extends Disposable {
  update(done: number, total?: number): void
}

export const terminal: Terminal = {
  json: (value) => void process.stdout.write(`${JSON.stringify(value, jsonSafe, 2)}\n`),
  line: (text = '') => void process.stdout.write(`${text}\n`),
  write: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(`${text}\n`),
  progress: (label, total) =>
    process.stderr.isTTY ? bar(label, total) : { update: () => undefined, [Symbol.dispose]: () => undefined },
}

function jsonSafe(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function bar(label: string, total: number): Progress {
  const single = new SingleBar(
    {
      format: `${label} {bar} {percentage}% {value}/{total} {duration_formatted}`,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.shades_classic,
  )
  single.start(total, 0)
  return {
    update(done, newTotal) {
      if (newTotal !== undefined) single.setTotal(newTotal)
      single.update(done)
    },
    [Symbol.dispose]: () => single.stop(),
  }
}

/** Writes what went wrong and what to do; returns the exit code: 2 for wrong usage, 1 for work that failed. */
export function reportError(error: unknown): 1 | 2 {
  if (error instanceof RollcallError) {
    terminal.note(`error: ${error.message}`)
    if (error.hint) terminal.note(`  ${error.hint}`)
    return error.kind === 'usage' ? 2 : 1
  }
  terminal.note(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  terminal.note('  this is a bug in Rollcall')
  return 1
}

/** Returns rows as aligned columns; a number is set to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, String(cell).length)),
    [],
  )
  return rows.map((row) =>
    row
      .map((cell, index) =>
        typeof cell === 'number' ? String(cell).padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}
