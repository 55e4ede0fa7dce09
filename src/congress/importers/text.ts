// Bytes of a file as text: UTF-8 only, without a byte order mark, and not endless.
import { refuse } from './refuse.ts'

/** Larger than any file of these sources: the legislators of all time are 11 MB. */
const MAX_BYTES = 64 * 1024 * 1024

/** Returns the text; refuses UTF-16, other bytes that are not UTF-8, NUL, and files over 64 MB (threat T7). */
export function readText(bytes: Uint8Array): string {
  if (bytes.length > MAX_BYTES) refuse(`the file has ${bytes.length} bytes; the limit is ${MAX_BYTES}`)
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    refuse('the file is UTF-16', 'save it as UTF-8')
  }
  const text = decode(bytes)
  if (text.includes('\0')) refuse('the file contains a NUL byte: it is not a text file')
  return text
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return refuse('the file is not valid UTF-8', 'save it as UTF-8')
  }
}
