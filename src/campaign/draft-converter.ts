// Converts the MJML of text that is not saved: known results from memory or database, new ones a few at a time, none of them stored.
import { convertMjml } from '../message/convert-mjml.ts'
import type { MjmlReply } from '../message/mjml-worker.ts'
import type { Db } from '../store/connect.ts'
import { knownHtml } from './converted-mjml.ts'
import { createLru } from './lru.ts'

/** Each conversion is a thread with up to 384 MB: whoever types fast waits for the one before. */
const AT_ONCE = 2
/** Nobody looks at a preview that takes longer. */
const TIME_LIMIT_MS = 10_000
const REMEMBERED = 32

export type DraftConverter = (db: Db, source: string) => Promise<MjmlReply>

/** Returns a converter for previews; one serves a whole process. */
export function createDraftConverter(timeLimitMs = TIME_LIMIT_MS): DraftConverter {
  const replies = createLru<Promise<MjmlReply>>(REMEMBERED)
  const turn = createTurns(AT_ONCE)
  return (db, source) =>
    replies.get(source, async () => {
      const html = await knownHtml(db, source)
      return html === null ? turn(() => convertMjml(source, timeLimitMs)) : { ok: true, html }
    })
}

/** Returns a function that runs at most `atOnce` works at a time, in the order they came. */
function createTurns(atOnce: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < atOnce) running += 1
    else {
      // Whoever ends hands its turn over.
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      await promise
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
