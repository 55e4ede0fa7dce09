// Returned mails in files: one a file, or many in an mbox; a folder of them, or a Maildir.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { RollcallError, messageOf } from '../core/errors.ts'
import { splitMailbox } from './mailbox.ts'

/** A file that was read, or why it could not be. */
export type MailFile = { file: string; mails: readonly Buffer[] } | { file: string; problem: string }

/**
 * Returns the mail files of a folder in the order of their names: its `.eml` files, or everything in it when it has none;
 * of a Maildir those in `new` and `cur`. Throws `no_folder` when it cannot be read.
 */
export async function listMailFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name)
    const mails = names.some(isMail) ? names.filter(isMail) : names
    const inside: string[] = []
    for (const entry of entries)
      if (entry.isDirectory() && ['new', 'cur'].includes(entry.name))
        inside.push(...(await listMailFiles(path.join(folder, entry.name))))
    return [...mails.toSorted().map((name) => path.join(folder, name)), ...inside]
  } catch (error) {
    throw new RollcallError('no_folder', `the folder ${folder} cannot be read: ${messageOf(error)}`, {
      hint: 'name a folder of .eml files or a Maildir',
      kind: 'usage',
    })
  }
}

function isMail(name: string): boolean {
  return /\.eml$/i.test(name)
}

/** Yields each file with its mails; `-` is standard input. One that cannot be read is yielded with its problem. */
export async function* readMailFiles(
  files: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): AsyncGenerator<MailFile> {
  for (const file of files) {
    try {
      const bytes = file === '-' ? await buffer(stdin) : await readFile(file)
      yield { file, mails: splitMailbox(bytes) }
    } catch (error) {
      yield { file, problem: messageOf(error) }
    }
  }
}
