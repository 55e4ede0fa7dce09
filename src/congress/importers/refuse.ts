// Why a file is not imported: one error code, with what is wrong and what to do.
import { RollcallError } from '../../core/errors.ts'

/** Throws `import_refused`: the file is wrong, nothing of it is taken. */
export function refuse(message: string, hint?: string): never {
  throw new RollcallError('import_refused', message, hint === undefined ? {} : { hint })
}

/** Returns the number of a text of digits; refuses anything else, naming the field. An empty text is 0 only if `emptyIs` says so. */
export function readCount(text: string, field: string, emptyIs?: number): number {
  if (text === '' && emptyIs !== undefined) return emptyIs
  if (!/^\d{1,9}$/.test(text)) refuse(`${field} is "${text.slice(0, 40)}", not a number`)
  return Number(text)
}
