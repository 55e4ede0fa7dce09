// /v/TOKEN: the message in the browser, as it was sent, but with nothing of the person in it.
import type { Hono } from 'hono'
import { createLru } from '../../campaign/lru.ts'
import { publicCopy } from '../../campaign/public-copy.ts'
import { showNothing } from '../page.tsx'
import type { Site } from '../site.ts'
import { readerOf, visitOf } from '../visit.ts'

/** Mail has its styles inline and its pictures on https; it runs nothing, submits nothing and is framed by nobody. */
const MAIL_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src https:',
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ')

/** What was launched does not change, so what was made once is kept. */
const COPIES = 64

/** Adds the page. */
export function viewPage(app: Hono, site: Site): void {
  const copies = createLru<Promise<string | null>>(COPIES)
  app.get('/v/:token', async (c) => {
    const reader = await readerOf(site, c, 'view')
    if (reader === null || reader.campaignId === null || reader.variant === null)
      return showNothing(c, visitOf(site, c))
    const { campaignId, variant } = reader
    const html = await copies.get(`${campaignId}/${variant}`, () =>
      publicCopy(site.db, campaignId, variant, site.sender.links),
    )
    if (html === null) return showNothing(c, visitOf(site, c))
    c.header('Content-Security-Policy', MAIL_POLICY)
    return c.html(html)
  })
}
