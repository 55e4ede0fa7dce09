// /u/TOKEN: leaving the list with one press, from the page or from the mailbox itself (RFC 8058).
import type { Context, Hono } from 'hono'
import { canUndo } from '../../audience/changes.ts'
import { takeAllowance } from '../../audience/allowances.ts'
import { issueLink } from '../../audience/page-links.ts'
import { canLeave } from '../../campaign/readers.ts'
import { readToken } from '../../core/token.ts'
import { unsubscribe } from '../../feedback/unsubscribe.ts'
import { postUndo } from '../letters.ts'
import { Form, show, showNothing } from '../page.tsx'
import type { Site } from '../site.ts'
import { readerOf, visitOf } from '../visit.ts'

/** Adds the pages. GET and HEAD change nothing: scanners follow every link (threat T10). */
export function unsubscribePages(app: Hono, site: Site): void {
  app.get('/u/:token', async (c) => {
    const visit = visitOf(site, c)
    const capability = readToken(site.keys, 'unsubscribe', c.req.param('token'))
    if (!(await canLeave(site.db, capability))) return showNothing(c, visit)
    const { say } = visit
    return show(
      c,
      visit,
      say('unsubscribe.title'),
      <>
        <p>{say('unsubscribe.text')}</p>
        <Form button={say('unsubscribe.button')} />
        <p class="soft">{say('unsubscribe.note')}</p>
      </>,
    )
  })

  app.post('/u/:token', async (c) => {
    const requestedAt = site.clock.now()
    const capability = readToken(site.keys, 'unsubscribe', c.req.param('token'))
    const channel = await channelOf(c)
    // Committed before the answer is written; a bad token does the same work for nobody.
    const done = await unsubscribe(site.db, {
      capability: capability ?? { deliveryId: 0n, subscriberId: 0n },
      channel,
      requestedAt,
    })
    const visit = visitOf(site, c)
    if (done === 'unknown') return showNothing(c, visit)
    const { say } = visit
    return show(
      c,
      visit,
      say('unsubscribed.title'),
      <>
        <p>{say('unsubscribed.text')}</p>
        <p>{say('unsubscribed.undo')}</p>
        <Form
          action={`${site.root}/u/${c.req.param('token')}/undo${visit.query}`}
          button={say('unsubscribed.button')}
          quiet
        />
      </>,
    )
  })

  app.post('/u/:token/undo', async (c) => {
    const reader = await readerOf(site, c, 'unsubscribe')
    const visit = visitOf(site, c)
    if (reader === null) return showNothing(c, visit)
    const { addressKey, subscriberId, address } = reader
    const now = site.clock.now()
    if ((await canUndo(site.db, addressKey)) && (await takeAllowance(site.db, 'undo', addressKey, now))) {
      const token = await issueLink(site.db, { act: 'undo', addressKey, subscriberId }, now)
      postUndo(visit, address, token)
    }
    const { say } = visit
    return show(c, visit, say('undo.asked.title'), <p>{say('undo.asked.text')}</p>)
  })
}

/** Whatever its content type, or none: the mailbox posts `List-Unsubscribe=One-Click`, our own button nothing. */
async function channelOf(c: Context): Promise<'one_click' | 'page'> {
  const body = await c.req.text()
  return /List-Unsubscribe/i.test(body) && /One-Click/i.test(body) ? 'one_click' : 'page'
}
