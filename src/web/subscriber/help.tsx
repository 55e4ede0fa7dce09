// /help: how to leave, change and join, and where a person can be reached. Where List-Help points (RFC 2369).
import type { Hono } from 'hono'
import { show } from '../page.tsx'
import type { Site } from '../site.ts'
import { visitOf } from '../visit.ts'

/** Adds the page. */
export function helpPage(app: Hono, site: Site): void {
  app.get('/help', (c) => {
    const visit = visitOf(site, c)
    const { say } = visit
    return show(
      c,
      visit,
      say('help.title'),
      <>
        <h2>{say('help.leave')}</h2>
        <p>{say('help.leave.text')}</p>
        <h2>{say('help.change')}</h2>
        <p>{say('help.change.text')}</p>
        <h2>{say('help.join')}</h2>
        <p>
          {say('help.join.text')} <a href={`${site.root}/join${visit.query}`}>{say('help.join.link')}</a>
        </p>
        <h2>{say('help.data')}</h2>
        <p>{say('help.data.text')}</p>
        <h2>{say('help.contact')}</h2>
        <p>
          <a href={`mailto:${site.contact}`}>{site.contact}</a>
          <br />
          {site.organisation}, {site.postalAddress}
        </p>
      </>,
    )
  })
}
