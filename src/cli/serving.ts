// What commands have in common that run until they are stopped.
import process from 'node:process'
import { RollcallError } from '../core/errors.ts'

/** Resolves at the first SIGINT or SIGTERM. */
export function stopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}

/** Returns the port; throws `usage` for anything but 0 to 65535. */
export function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new RollcallError('usage', `"${text}" is no port from 0 to 65535`, { kind: 'usage' })
}
