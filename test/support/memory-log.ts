// A logger that remembers, so that a test can ask what was said.
import type { Log } from '../../src/delivery/settle.ts'

export interface MemoryLog extends Log {
  readonly lines: { level: string; message: string; detail: object }[]
}

/** Returns a log that keeps its lines and prints nothing. */
export function memoryLog(): MemoryLog {
  const lines: MemoryLog['lines'] = []
  const keep =
    (level: string) =>
    (detail: object, message: string): void => {
      lines.push({ level, message, detail })
    }
  return { lines, info: keep('info'), warn: keep('warn'), error: keep('error') }
}
