// Downloads of the desk that come as pieces of text: nothing keeps them, no browser shows them in place.
import type { Context } from 'hono'
import { stream } from 'hono/streaming'

type Pieces = AsyncIterable<string> | Iterable<string>

/** Answers with a CSV file whose cells are safe in a spreadsheet already (threat T6). */
export function csvAnswer(c: Context, fileName: string, pieces: Pieces): Response {
  return fileAnswer(c, fileName, 'text/csv; charset=utf-8', pieces)
}

/** Answers with a file of plain lines. */
export function textAnswer(c: Context, fileName: string, pieces: Pieces): Response {
  return fileAnswer(c, fileName, 'text/plain; charset=utf-8', pieces)
}

/** Answers with a file to be kept, not shown. */
export function fileAnswer(c: Context, fileName: string, type: string, pieces: Pieces): Response {
  c.header('Content-Type', type)
  c.header('Content-Disposition', `attachment; filename="${fileName.replace(/[^\w.-]/g, '_')}"`)
  c.header('Cache-Control', 'no-store')
  return stream(c, async (out) => {
    for await (const piece of pieces) {
      if (out.aborted) return
      await out.write(piece)
    }
  })
}
