// The web application: what every answer carries, what the log may hold, and where each page lives.
import { readFile } from 'node:fs/promises'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { messageOf } from '../core/errors.ts'
import { stripAddresses } from '../delivery/reply.ts'
import { accessLog, routeOf } from './access-log.ts'
import { apiNotFound, apiRoutes } from './api/routes.ts'
import { showNowhere } from './console/frame.tsx'
import { createConsolePages } from './console/mount.tsx'
import { pageHeaders } from './headers.ts'
import { sendgridHook } from './hooks/sendgrid.ts'
import { createHttpMetrics, metricsRoute } from './metrics.ts'
import { show, showNothing } from './page.tsx'
import { readyRoute } from './ready.ts'
import { requestId, requestLog } from './request-id.ts'
import type { Site } from './site.ts'
import { confirmPages } from './subscriber/confirm.tsx'
import { forwardPages } from './subscriber/forward.tsx'
import { helpPage } from './subscriber/help.tsx'
import { joinPages } from './subscriber/join.tsx'
import { preferencePages } from './subscriber/preferences.tsx'
import { seatPages } from './subscriber/seat.tsx'
import { unsubscribePages } from './subscriber/unsubscribe.tsx'
import { viewPage } from './subscriber/view.tsx'
import { votesPages } from './subscriber/votes.tsx'
import { visitOf } from './visit.ts'

/** Far more than any form here needs, and enough for RFC 8058's 26 bytes. */
const MOST_BYTES = 64 * 1024

/**
 * Returns the application. On the subscriber pages there is no session and no cookie, so there is nothing a foreign form could ride
 * on: what a request may do is in its token alone, and the one-click POST meets no CSRF check (mail-rules 3). The console has its own gate.
 */
export async function createWeb(given: Site): Promise<Hono> {
  const site: Site = { ...given, log: requestLog(given.log) }
  const sheets = ['./colours.css', './pages.css'].map((name) => readFile(new URL(name, import.meta.url), 'utf8'))
  const style = (await Promise.all(sheets)).join('\n')
  const app = new Hono().basePath(site.root === '' ? '/' : site.root)
  const metrics = createHttpMetrics()
  app.use(requestId, metrics.watch, accessLog(site.log), pageHeaders)
  sendgridHook(app, site)
  apiRoutes(app, site)
  const console = await createConsolePages(site)
  app.route('/console', console.outer)
  for (const place of ['/', '/console/']) app.get(place, (c) => c.redirect(`${site.root}/console`))
  app.use(
    bodyLimit({
      maxSize: MOST_BYTES,
      onError: (c) => {
        const visit = visitOf(site, c)
        return show(c, visit, visit.say('large.title'), null, 413)
      },
    }),
  )
  app.get('/pages.css', (c) => {
    c.header('Cache-Control', 'public, max-age=3600')
    return c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' })
  })
  app.get('/healthz', (c) => c.text('ok\n'))
  readyRoute(app, site)
  metricsRoute(app, site, metrics)
  unsubscribePages(app, site)
  confirmPages(app, site)
  preferencePages(app, site)
  seatPages(app, site)
  viewPage(app, site)
  forwardPages(app, site)
  votesPages(app, site)
  joinPages(app, site)
  helpPage(app, site)
  app.notFound(
    (c) =>
      apiNotFound(c, site) ??
      (c.req.path.startsWith(`${site.root}/console`)
        ? showNowhere(c, console.guestOf(c))
        : showNothing(c, visitOf(site, c))),
  )
  app.onError((error, c) => {
    // The message may repeat what it was given; addresses in it are cut out.
    site.log.error({ route: routeOf(c), error: stripAddresses(messageOf(error)) }, 'a page failed')
    const visit = visitOf(site, c)
    return show(
      c,
      visit,
      visit.say('trouble.title'),
      <p>{visit.say('trouble.text', { address: site.contact })}</p>,
      500,
    )
  })
  return app
}
