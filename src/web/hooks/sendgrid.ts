// POST /hooks/sendgrid: the Event Webhook of SendGrid. Verify, keep, answer; workers apply (mail-rules 8, threat T15).
import type { Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { receiveSendgridEvents, type ReceivedEvents } from '../../feedback/sendgrid-events.ts'
import type { Site } from '../site.ts'

/** What SendGrid sends at most, with room. */
const MOST_BYTES = 5_000_000

/** SendGrid brings again for a day what is not answered with 2xx: what will never be right must not come back. */
const STATUS = { stored: 200, unsigned: 403, stale: 403, too_large: 413, malformed: 400 } as const satisfies Record<
  ReceivedEvents['kind'],
  number
>

/** Adds the hook; without a key in the settings there is none. It stands before the limits of the pages. */
export function sendgridHook(app: Hono, site: Site): void {
  const key = site.webhookKey
  if (key === null) return
  const tooLarge = (c: Context) => c.text('too large\n', STATUS.too_large)
  app.post('/hooks/sendgrid', bodyLimit({ maxSize: MOST_BYTES, onError: tooLarge }), async (c) => {
    const rawBody = new Uint8Array(await c.req.arrayBuffer())
    const call = { headers: c.req.raw.headers, rawBody, now: site.clock.now(), key, keepDays: site.feedbackKeepDays }
    const received = await receiveSendgridEvents(site.db, call)
    if (received.kind !== 'stored')
      site.log.warn({ why: received.kind, bytes: rawBody.length }, 'a call of the webhook was refused')
    return c.text(`${received.kind}\n`, STATUS[received.kind])
  })
}
