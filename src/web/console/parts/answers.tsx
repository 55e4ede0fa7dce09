// Answers that are no pages: server-sent events and CSV files.
import type { Context } from 'hono'
import { stream, streamSSE } from 'hono/streaming'
import type { HtmlEscapedString } from 'hono/utils/html'
import { messageOf } from '../../../core/errors.ts'
import { BOM, csvLine } from '../../../audience/csv-cell.ts'
import { findSession } from '../../../access/sessions.ts'
import { sessionToken } from '../cookies.ts'
import type { Desk } from '../desk.ts'

/** A connection ends after so long and comes back by itself: proxies, restarts and ended sessions are then no special case. */
const LONGEST_MS = 5 * 60_000

interface LivePatch {
  /** Elements with ids, which replace those of the same id. */
  html: HtmlEscapedString | Promise<HtmlEscapedString>
  /** True when nothing will move any more: the browser stops asking. */
  isLast: boolean
}

/**
 * Answers with server-sent events: `read` is called every `everyMs`, and what it returns goes out when it differs from what went
 * before. Every event holds the whole state, so a connection that was cut loses nothing.
 */
export function liveAnswer(c: Context, desk: Desk, everyMs: number, read: () => Promise<LivePatch>): Response {
  const token = sessionToken(desk.site, c)
  return streamSSE(
    c,
    async (events) => {
      const endAt = performance.now() + LONGEST_MS
      const { signal } = desk.site.stopping
      let said = ''
      while (!events.aborted && !signal.aborted && performance.now() < endAt) {
        // Whoever was signed out meanwhile sees nothing more.
        if ((await findSession(desk.site.db, token, desk.site.clock.now())) === null) return
        const { html, isLast } = await read()
        const text = String(await html)
        // A comment keeps proxies from closing a quiet connection.
        await (text === said ? events.write(': still here\n\n') : events.writeSSE({ event: 'patch', data: text }))
        said = text
        if (isLast) {
          await events.writeSSE({ event: 'last', data: '' })
          return
        }
        await events.sleep(everyMs)
      }
    },
    async (error) => {
      desk.site.log.warn({ error: messageOf(error) }, 'a live page broke off; the browser comes back')
    },
  )
}

/** Answers with a CSV file, row by row, safe to open in a spreadsheet (threat T6). */
export function csvAnswer(
  c: Context,
  fileName: string,
  header: readonly string[],
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): Response {
  c.header('Content-Type', 'text/csv; charset=utf-8')
  c.header('Content-Disposition', `attachment; filename="${fileName.replace(/[^\w.-]/g, '_')}"`)
  return stream(c, async (out) => {
    let held = BOM + csvLine(header)
    for await (const row of rows) {
      held += csvLine(row)
      if (held.length < 32_000) continue
      await out.write(held)
      held = ''
      if (out.aborted) return
    }
    await out.write(held)
  })
}
