// One visit: the language, the words, and the answers that every page gives alike.
import type { Context } from 'hono'
import { readToken, type Purpose } from '../core/token.ts'
import { findReader, type Reader } from '../campaign/readers.ts'
import type { Site } from './site.ts'
import { asLanguage, languageOf, speaker, type Language, type Say } from './words/say.ts'

export interface Visit {
  site: Site
  language: Language
  say: Say
  /** `?lang=es` when the visitor chose the language themselves, to be put behind our own links. */
  query: string
  /** Whether the page can be opened again in another language. */
  isRead: boolean
}

/** Returns the visit of a request. */
export function visitOf(site: Site, c: Context): Visit {
  const chosen = asLanguage(c.req.query('lang'))
  const language = chosen ?? languageOf(c.req.header('accept-language'))
  return {
    site,
    language,
    say: speaker(language, { list: site.list, organisation: site.organisation }),
    query: chosen === null ? '' : `?lang=${chosen}`,
    isRead: c.req.method === 'GET' || c.req.method === 'HEAD',
  }
}

/** Returns who holds the token in the path; null for any token that is no good, after the same work (threat T9). */
export function readerOf(site: Site, c: Context, purpose: Purpose): Promise<Reader | null> {
  return findReader(site.db, readToken(site.keys, purpose, c.req.param('token') ?? ''))
}

/** Returns the fields of a form as text; a file does not count, and a body that is no form has none. */
export async function formOf(c: Context): Promise<Readonly<Record<string, string>>> {
  const type = c.req.header('content-type') ?? ''
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)/i.test(type)) return {}
  const body = await c.req.parseBody().catch((error: unknown) => {
    if (error instanceof TypeError) return {} // a multipart body that is none, says the Fetch standard
    throw error
  })
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}
