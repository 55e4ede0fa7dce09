// Remembers in the database what MJML made of a source, so that of all processes only the first converts it.
import { hash } from 'node:crypto'
import { createRequire } from 'node:module'
import { convertMjml } from '../message/convert-mjml.ts'
import type { MjmlReply } from '../message/mjml-worker.ts'
import type { Db } from '../store/connect.ts'

/** Another version may make other HTML of the same source. */
const { version } = createRequire(import.meta.url)('mjml/package.json') as { version: string }

/** Returns a converter that looks into the database first; a source with mistakes is converted each time. */
export function rememberedConverter(db: Db): (source: string) => Promise<MjmlReply> {
  return async (source) => {
    const known = await knownHtml(db, source)
    if (known !== null) return { ok: true, html: known }
    const reply = await convertMjml(source)
    if (reply.ok) {
      await db
        .insertInto('converted_mjml')
        .values({ source_sha256: keyOf(source), html: reply.html })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
    return reply
  }
}

/** Returns the HTML that somebody made of this source before, or null. */
export async function knownHtml(db: Db, source: string): Promise<string | null> {
  // known_html: one conversion by its source.
  const known = await db
    .selectFrom('converted_mjml')
    .select('html')
    .where('source_sha256', '=', keyOf(source))
    .executeTakeFirst()
  return known?.html ?? null
}

function keyOf(source: string): Buffer {
  return hash('sha256', `mjml ${version}\0${source}`, 'buffer')
}
