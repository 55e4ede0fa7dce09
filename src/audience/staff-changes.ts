// What staff change about a subscriber on the console: name, ZIP and address in one go, and the end of all mail, each with who and why.
import { addressKey, parseAddress } from '../core/address.ts'
import { RollcallError } from '../core/errors.ts'
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import { changeAddress } from './changes.ts'
import { correctWithin } from './corrections.ts'
import { findSubscriberLine, type SubscriberLine } from './subscriber-pages.ts'
import { requireReason } from './suppression.ts'
import { addSuppression } from './suppressions.ts'

export interface StaffEdit {
  firstName: string
  lastName: string
  /** Empty: not known. */
  zip: string
  address: string
  /** How staff know of it: `asked by phone`. Needed for another address, which must be the person's own wish. */
  why: string
}

interface Staff {
  actor: string
  now: Date
  /** Keys the hashes of addresses. */
  addressKeyKey: Buffer
}

/**
 * Changes what differs and returns the fields that did. Throws `bad_correction`, `bad_address`, `why_missing`, and `address_taken` for an
 * address that somebody has, or where either address must not be written to: an opt-out is not left behind.
 */
export async function editSubscriber(db: Db, id: string, edit: StaffEdit, staff: Staff): Promise<string[]> {
  return db.transaction().execute(async (tx) => {
    const before = await findSubscriberLine(tx, { id })
    const place = before.plus4 === null ? (before.zip ?? '') : `${before.zip ?? ''}-${before.plus4}`
    const correction = {
      ...(edit.firstName.trim() === before.firstName ? {} : { firstName: edit.firstName }),
      ...(edit.lastName.trim() === before.lastName ? {} : { lastName: edit.lastName }),
      ...(edit.zip.trim() === place ? {} : { zip: edit.zip }),
    }
    const fields = Object.keys(correction)
    if (fields.length > 0) await correctWithin(tx, id, correction, staff)
    if (edit.address.trim() === before.address) return fields
    await moveAddress(tx, before, edit, staff)
    return [...fields, 'address']
  })
}

async function moveAddress(tx: Db, before: SubscriberLine, edit: StaffEdit, staff: Staff): Promise<void> {
  const parsed = parseAddress(edit.address)
  if (!parsed.ok) throw new RollcallError('bad_address', parsed.problem, { hint: parsed.hint, kind: 'usage' })
  const why = edit.why.trim()
  if (why === '') {
    throw new RollcallError('why_missing', 'another address needs a reason', {
      hint: 'say how you know that this is their wish, for example: asked by phone on 2018-01-03',
      kind: 'usage',
    })
  }
  const { address } = parsed
  const key = addressKey(staff.addressKeyKey, address.normalised)
  const proof = { basis: 'address changed by staff', evidence: { by: staff.actor, why } }
  const former = await changeAddress(tx, { subscriberId: before.id, address, addressKey: key, proof }, staff.now)
  if (former === null) {
    throw new RollcallError('address_taken', 'the address cannot be given to this subscriber', {
      hint: 'another subscriber has it, or one of the two addresses is suppressed: an opt-out is not left behind',
      kind: 'usage',
    })
  }
  await recordAct(tx, { actor: staff.actor, act: 'change address', object: `subscriber/${before.id}`, reason: why })
}

/** Ends all mail to the subscriber. Returns false when it had ended already. Throws `why_missing`, `unknown_reason`. */
export async function suppressSubscriber(
  db: Db,
  key: Buffer,
  { reason, why, actor, now }: { reason: string; why: string; actor: string; now: Date },
): Promise<boolean> {
  const note = why.trim()
  if (note === '') {
    throw new RollcallError('why_missing', 'a suppression needs a note', {
      hint: 'say what happened, for example: wrote to us on 2018-01-03',
      kind: 'usage',
    })
  }
  return addSuppression(db, {
    addressKey: key,
    reason: requireReason(reason),
    channel: 'console',
    note,
    setBy: actor,
    setAt: now,
  })
}
