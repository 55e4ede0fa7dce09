// A returned mail from its arrival to its consequences: kept first, then read, correlated and applied in one transaction.
import { messageOf } from '../core/errors.ts'
import type { Log } from '../delivery/settle.ts'
import type { Db } from '../store/connect.ts'
import { applyReport, type Outcome, type PatienceRules } from './consequences.ts'
import { correlate, mailboxCapability, recipientKey, type Correlated, type Secrets } from './correlate.ts'
import { keepMail, markApplied, takeMail, waitingMails, type ArrivedMail, type KeptMail } from './feedback-mails.ts'
import { noteReport } from './feedback-reports.ts'
import { deliveryOfMessage } from './known-deliveries.ts'
import { readReports } from './read-reports.ts'
import type { Report, Traces } from './report.ts'
import { unsubscribe } from './unsubscribe.ts'

export interface Intake {
  db: Db
  secrets: Secrets
  patience: PatienceRules
  /** How long the bytes of a mail are kept. */
  keepDays: number
}

/**
 * What followed from one report. `known`: the mail had come before; `old`: the message is too old to act; `uncorrelated`:
 * nothing proves which delivery it is about; `waiting`: the message is still being settled, and the mail is applied later.
 */
export interface Followed {
  report: Report
  outcome: Outcome | 'unsubscribed' | 'known' | 'old' | 'uncorrelated' | 'waiting'
}

/** The settle of the message is under way: what came back so fast waits for it. */
class TooEarly extends Error {}

/** Keeps the mail and applies it; returns each of its reports with what followed. Committed when it resolves. */
export async function receiveMail(intake: Intake, mail: ArrivedMail): Promise<Followed[]> {
  const { id, isNew } = await keepMail(intake.db, mail, intake.keepDays)
  const followed = await applyMail(intake, id)
  if (followed !== null) return followed
  const { reports } = await readReports(mail.bytes)
  return reports.map((report) => ({ report, outcome: isNew ? 'waiting' : 'known' }))
}

/** Applies what is kept and was not read yet, after a crash for example; returns how many mails. One that fails is logged and stays. */
export async function applyWaiting(intake: Intake, log: Log): Promise<number> {
  let applied = 0
  let after = '0'
  for (;;) {
    const ids = await waitingMails(intake.db, after, 100)
    if (ids.length === 0) return applied
    for (const id of ids) {
      after = id
      try {
        if ((await applyMail(intake, id)) !== null) applied += 1
      } catch (error) {
        log.error(
          { mail: id, error: messageOf(error) },
          'a returned mail could not be applied; it stays and is tried again',
        )
      }
    }
  }
}

/** Applies one kept mail; null when it was applied before, somebody else is at it, or it came too early. */
export async function applyMail(intake: Intake, id: string): Promise<Followed[] | null> {
  try {
    return await applyInOne(intake, id)
  } catch (error) {
    if (error instanceof TooEarly) return null
    throw error
  }
}

async function applyInOne(intake: Intake, id: string): Promise<Followed[] | null> {
  return await intake.db.transaction().execute(async (db) => {
    const mail = await takeMail(db, id)
    if (mail === null) return null
    const { reports, traces } = await readReports(mail.bytes)
    const followed: Followed[] = []
    for (const [place, report] of reports.entries()) {
      const done = await follow({ ...intake, db }, mail, traces, report, reports.length === 1)
      await noteReport(db, { mail, place, report, recipientKey: recipientKey(intake.secrets, report), ...done })
      followed.push({ report, outcome: done.outcome })
    }
    await markApplied(db, id)
    return followed
  })
}

interface Done {
  outcome: Followed['outcome']
  correlated: Correlated | null
}

async function follow(intake: Intake, mail: KeptMail, traces: Traces, report: Report, isAlone: boolean): Promise<Done> {
  const { db, secrets, patience } = intake
  const recipient = recipientKey(secrets, report)
  const correlated = await correlate(db, secrets, traces, mail.envelopeTo, recipient)
  const wish = [mail.envelopeTo ?? '', ...traces.addressed]
    .map((mailbox) => mailboxCapability(secrets.keys, mailbox, 'unsub'))
    .find((capability) => capability !== null)
  if (wish) {
    const said = await unsubscribe(db, { capability: wish, channel: 'mailto', requestedAt: mail.receivedAt })
    return { outcome: said === 'unknown' ? 'uncorrelated' : 'unsubscribed', correlated }
  }
  if (report.asksToLeave) return await leave(db, mail, traces, recipient, correlated)
  if (correlated === null || correlated.proof === null) return { outcome: 'uncorrelated', correlated }
  if (correlated.delivery.state === 'sending') throw new TooEarly()
  if (!correlated.delivery.isRecent) return { outcome: 'old', correlated }
  // One of several members of an alias: its mailbox is not the one we write to.
  const isOurs = isAlone || recipient === null || recipient.equals(correlated.delivery.addressKey)
  const held: Report = !isOurs && report.class === 'hard' ? { ...report, class: 'soft' } : report
  return { outcome: await applyReport(db, correlated.delivery, held, mail.receivedAt, patience), correlated }
}

/** The address of the writer alone proves nothing; that they answer a message which only they had does. */
async function leave(
  db: Db,
  mail: KeptMail,
  traces: Traces,
  writer: Buffer | null,
  correlated: Correlated | null,
): Promise<Done> {
  const answered = writer === null ? null : await deliveryOfMessage(db, writer, traces.answered)
  if (answered === null) return { outcome: 'uncorrelated', correlated }
  const capability = { deliveryId: BigInt(answered.id), subscriberId: BigInt(answered.subscriberId) }
  const said = await unsubscribe(db, { capability, channel: 'reply', requestedAt: mail.receivedAt })
  const outcome = said === 'unknown' ? 'uncorrelated' : 'unsubscribed'
  return { outcome, correlated: { delivery: answered, proof: 'message_id' } }
}
