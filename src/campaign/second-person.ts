// The second person: whoever made a campaign does not approve it (threats T16, T19).
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'

/** What people and workers do with a campaign without changing what it says or to whom. Every other act makes somebody an author. */
const NOT_WRITING = [
  'approved',
  'scheduled',
  'unscheduled',
  'launched',
  'paused',
  'resumed',
  'cancelled',
  'throttled',
  'transports chosen',
  'retried',
  'doubt resolved',
  'canary passed',
  'finished',
  'test sent',
  'alarm',
]

/** Returns who made or edited a campaign, be it content, rules or segment. */
export async function authorsOf(db: Db, id: string): Promise<string[]> {
  // authors_of: everybody in the log who changed it.
  const rows = await db
    .selectFrom('campaign_event')
    .select('actor')
    .distinct()
    .where('campaign_id', '=', id)
    .where('act', 'not in', NOT_WRITING)
    .orderBy('actor')
    .execute()
  return rows.map(({ actor }) => actor)
}

export interface SecondPersonRule {
  /** From so many subscribers on; 0: never. */
  from: number
  /** Subscribers of this campaign. */
  audience: number
}

/** Throws `second_person` when the rule wants somebody else than `actor` to approve the campaign. */
export async function assertSecondPerson(
  db: Db,
  id: string,
  actor: string,
  { from, audience }: SecondPersonRule,
): Promise<void> {
  if (from === 0 || audience < from) return
  if (!(await authorsOf(db, id)).includes(actor)) return
  throw new RollcallError(
    'second_person',
    `${actor} made or edited campaign ${id}, so somebody else has to approve it`,
    {
      hint: 'ask a colleague who may approve campaigns',
    },
  )
}
