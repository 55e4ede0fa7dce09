// Staff correct a subscriber's name or ZIP: by the rules of an import, and in the audit log.
import { RollcallError } from '../core/errors.ts'
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import { saveProfile } from './changes.ts'
import { checkSubscriber } from './subscriber.ts'
import { findSubscriberLine, type SubscriberLine } from './subscriber-pages.ts'

/** What is not said stays as it is. */
export interface Correction {
  firstName?: string | undefined
  lastName?: string | undefined
  /** Empty: not known. */
  zip?: string | undefined
}

/** Corrects the subscriber in the caller's transaction and returns them as they are now. Throws `no_subscriber`, `bad_correction` with everything that is refused. */
export async function correctWithin(
  tx: Db,
  id: string,
  correction: Correction,
  { actor, now }: { actor: string; now: Date },
): Promise<SubscriberLine> {
  const before = await findSubscriberLine(tx, { id })
  const checked = checkSubscriber(
    {
      email: before.address,
      first_name: correction.firstName ?? before.firstName,
      last_name: correction.lastName ?? before.lastName,
      zip: correction.zip ?? before.zip ?? '',
      plus4: correction.zip === undefined ? (before.plus4 ?? '') : '',
    },
    false,
  )
  if (!checked.ok) {
    const [first] = checked.refusals
    throw new RollcallError('bad_correction', checked.refusals.map(({ problem }) => problem).join('; '), {
      hint: first?.hint ?? 'write it anew',
      kind: 'usage',
    })
  }
  const { firstName, lastName, zip, plus4 } = checked.subscriber
  await saveProfile(tx, id, { firstName, lastName, zip, plus4 }, now)
  const fields = Object.entries(correction).flatMap(([field, value]) => (value === undefined ? [] : [field]))
  // The names of the fields and not what is in them: the log is kept for ever.
  await recordAct(tx, { actor, act: 'correct subscriber', object: `subscriber/${id}`, reason: fields.join(', ') })
  return findSubscriberLine(tx, { id })
}
