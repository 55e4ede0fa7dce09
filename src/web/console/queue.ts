// The job queue, looked at through bull-board: read-only, for those who may, on Redis and on PostgreSQL.
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import type { Queues } from '../../queue/connect.ts'
import type { Console } from './console.ts'

/**
 * The board is an application of its own in the browser: its scripts are its own files, and its styles are written into the page.
 * Nothing else is allowed more than on our pages; the web fonts it asks for are not fetched.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Adds the pages. Only GET gets through: what the board could change, it cannot ask for. */
export function queuePages(console: Console): void {
  let opening: Promise<Board> | undefined
  for (const path of ['/queue', '/queue/*']) {
    console.get(path, 'queue.operate', async (c, { site, root }) => {
      // A queue that was away when it was first asked for is asked again the next time.
      opening ??= site.queues().then((queues) => openBoard(queues, `${root}/queue`))
      const board = await opening.catch((error: unknown) => {
        opening = undefined
        throw error
      })
      const answer = await board(c.req.raw)
      const headers = new Headers(answer.headers)
      headers.set('Content-Security-Policy', POLICY)
      return new Response(answer.body, { status: answer.status, headers })
    })
  }
}

type Board = (request: Request) => Promise<Response>

/** Jobs hold ids and nothing personal (threat T20); the board shows them as they are. */
function openBoard(queues: Queues, root: string): Board {
  const adapter = new HonoAdapter(serveStatic)
  adapter.setBasePath(root)
  createBullBoard({
    queues: queues.bull.map((queue) => new BullMQAdapter(queue as never, { readOnlyMode: true })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Rollcall: job queue', hideRedisDetails: true } },
  })
  // Under its full path: it finds its own files by it.
  const app = new Hono().route(root, adapter.registerPlugin())
  return async (request) => await app.fetch(new Request(request.url, { headers: request.headers }))
}
