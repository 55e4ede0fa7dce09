// Judges stored roll calls anew when terms or ids have changed, so that settled issues close by themselves.
import type { Db } from '../store/connect.ts'
import { reassessRollCall } from './importers/commit-roll-call.ts'
import { loadRollCall, loadUnsettledRollCalls } from './roll-calls.ts'

/** Judges these roll calls anew; returns a sentence for each whose issues changed. */
export async function reassessRollCalls(db: Db, ids: readonly string[], now: Date): Promise<string[]> {
  const sentences: string[] = []
  for (const id of ids) {
    const { opened, closed } = await reassessRollCall(db, await loadRollCall(db, id), { sourceId: '', now })
    if (opened + closed > 0) sentences.push(`${id}: ${closed} issues settled, ${opened} opened.`)
  }
  return sentences
}

/** Judges every roll call with an open issue anew; returns a sentence for each that changed. */
export async function reassessUnsettled(db: Db, now: Date): Promise<string[]> {
  return reassessRollCalls(db, await loadUnsettledRollCalls(db), now)
}
