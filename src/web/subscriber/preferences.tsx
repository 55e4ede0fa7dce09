// /p/TOKEN: the way to a person's settings. The link alone shows a masked address and nothing more (threat T11).
import type { Hono } from 'hono'
import { takeAllowance } from '../../audience/allowances.ts'
import { issueLink } from '../../audience/page-links.ts'
import { findSuppression } from '../../audience/suppressions.ts'
import { maskAddress } from '../../core/address.ts'
import { postEdit } from '../letters.ts'
import { Form, show, showNothing } from '../page.tsx'
import type { Site } from '../site.ts'
import { readerOf, visitOf } from '../visit.ts'

/** Adds the pages. */
export function preferencePages(app: Hono, site: Site): void {
  app.get('/p/:token', async (c) => {
    const visit = visitOf(site, c)
    const reader = await readerOf(site, c, 'preferences')
    if (reader === null) return showNothing(c, visit)
    const { say } = visit
    return show(
      c,
      visit,
      say('preferences.title'),
      <>
        <p>{say('preferences.text')}</p>
        <dl>
          <dt>{say('preferences.address')}</dt>
          <dd>{maskAddress(reader.address)}</dd>
        </dl>
        <Form button={say('preferences.button')} />
        <p class="soft">{say('preferences.note')}</p>
      </>,
    )
  })

  app.post('/p/:token', async (c) => {
    const visit = visitOf(site, c)
    const reader = await readerOf(site, c, 'preferences')
    if (reader === null) return showNothing(c, visit)
    const { addressKey, subscriberId, address } = reader
    const now = site.clock.now()
    const isSuppressed = (await findSuppression(site.db, addressKey)) !== null
    if ((await takeAllowance(site.db, 'edit', addressKey, now)) && !isSuppressed) {
      const token = await issueLink(site.db, { act: 'edit', addressKey, subscriberId }, now)
      postEdit(visit, address, token)
    }
    const { say } = visit
    return show(c, visit, say('preferences.asked.title'), <p>{say('preferences.asked.text')}</p>)
  })
}
