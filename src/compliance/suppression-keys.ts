// The suppressions as bare keyed hashes, for whoever holds the same secret and must not learn an address.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

const PORTION = 20_000

/** Yields the keys in hex, one a line, in their order. */
export async function* suppressionKeys(db: Db): AsyncGenerator<string> {
  let after = Buffer.alloc(0)
  for (;;) {
    // suppression_keys: page by page in the order of the key.
    const { rows } = await sql<{ key: Buffer }>`
      SELECT address_key AS key FROM suppression WHERE address_key > ${after} ORDER BY address_key LIMIT ${PORTION}`.execute(
      db,
    )
    if (rows.length > 0) yield `${rows.map(({ key }) => key.toString('hex')).join('\n')}\n`
    const last = rows.at(-1)
    if (last === undefined || rows.length < PORTION) return
    after = Buffer.from(last.key)
  }
}
