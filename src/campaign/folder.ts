// Reads a template folder from disk, once, at create: afterwards the campaign lives in the database alone.
import { createHash } from 'node:crypto'
import { readFile, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { RollcallError, messageOf } from '../core/errors.ts'

/** Path inside the folder → text. */
export type TemplateFiles = Record<string, string>

export const REQUIRED = ['campaign.yaml', 'body.mjml', 'body.txt.hbs'] as const
export const PARTIAL = /^[a-z0-9][a-z0-9-]*(\.mjml|\.txt\.hbs)$/
export const MAX_BYTES = 512 * 1024

/**
 * Returns the files of the template folder `dir`: campaign.yaml, body.mjml, body.txt.hbs and partials/.
 * Anything else in the folder is left alone. Throws `no_template`, `bad_template_folder`.
 */
export async function readTemplateFolder(dir: string): Promise<TemplateFiles> {
  const info = await stat(dir).catch(() => null)
  if (!info?.isDirectory()) {
    throw new RollcallError('no_template', `${dir} is not a folder`, {
      hint: 'give a template folder, for example templates/dream-act-2017',
      kind: 'usage',
    })
  }
  const partials = await readdir(path.join(dir, 'partials')).catch(() => [])
  const names = [...REQUIRED, ...partials.filter((name) => PARTIAL.test(name)).map((name) => `partials/${name}`)]
  const files: TemplateFiles = {}
  for (const name of names.sort()) files[name] = await readText(dir, name)
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (bytes > MAX_BYTES) {
    throw new RollcallError(
      'bad_template_folder',
      `the files of ${dir} have ${bytes} bytes; ${MAX_BYTES} are allowed`,
      {
        hint: 'a message over 102 KB is clipped by Gmail: shorten the template',
        kind: 'usage',
      },
    )
  }
  return files
}

async function readText(dir: string, name: string): Promise<string> {
  const bytes = await readFile(path.join(dir, name)).catch((cause: unknown) => {
    throw new RollcallError('bad_template_folder', `cannot read ${name} in ${dir}: ${messageOf(cause)}`, {
      hint: `a template folder has ${REQUIRED.join(', ')}, and partials in partials/`,
      kind: 'usage',
      cause,
    })
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n/g, '\n')
  } catch (cause) {
    throw new RollcallError('bad_template_folder', `${name} in ${dir} is not UTF-8 text`, {
      hint: 'save it as UTF-8',
      kind: 'usage',
      cause,
    })
  }
}

/** Returns the SHA-256 of the files, names and contents, as hex. */
export function contentHash(files: TemplateFiles): string {
  const hash = createHash('sha256')
  for (const name of Object.keys(files).sort()) hash.update(JSON.stringify([name, files[name]]))
  return hash.digest('hex')
}
