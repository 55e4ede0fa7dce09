// A mail server that goes wrong in every way at every stage, one that is slow, one that counts connections, one that greylists.
import { launchedCampaign } from '../../support/campaign.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { readAccount } from '../ledger.ts'
import { letTimePass, type Round } from '../round.ts'
import type { Ended, Scenario } from '../scenario.ts'
import { allSmtpFaults, type SmtpFault } from '../smtp-faults.ts'
import type { Stage } from '../sink.ts'

const PASSWORD = 'open-sesame'

/** Stages that a client may never come to: it need not reset what it can close, nor say good-bye to who hangs up. */
const OPTIONAL: readonly Stage[] = ['rset', 'quit']

/** Each fault strikes once, in a drawn order, among conversations that go well. */
export const everyFault: Scenario = {
  name: 'every SMTP fault',
  needs() {
    const tls = makeCertificate()
    return {
      sink: { tls, password: PASSWORD },
      worker: (sink, name) => ({
        smtpUrl: sink.url(name, { password: PASSWORD, tls: true }),
        ca: tls.cert,
        messagesPerConnection: 8,
        leaseMs: 8_000,
      }),
    }
  },
  async run(round): Promise<Ended> {
    const { crew, draw, sink, db } = round
    const policy = draw.pick(['hold', 'resend'] as const)
    const faults = draw.shuffle(allSmtpFaults())
    const left = Map.groupBy(faults, (fault) => fault.stage)
    sink.behave(({ stage }) => (draw.chance(0.3) ? left.get(stage)?.pop()?.act : undefined))
    const id = await launchedCampaign(db, { addresses: 1_500, transport: 'smtp', shards: 8, doubtPolicy: policy })
    await Promise.all([crew.start(), crew.start()])
    const pauses = await endedInTime(round, [id])
    const missed = [...left].filter(([stage]) => !OPTIONAL.includes(stage)).flatMap(([, faults]) => faults)
    return {
      campaigns: [id],
      detail: `${faults.length} faults, ${policy.toUpperCase()}, the lane paused ${pauses} times`,
      violations: missed.map((fault) => `${id}: the sink never came to: ${nameOf(fault)}`),
    }
  },
}

function nameOf({ stage, name }: SmtpFault): string {
  return `${name} at ${stage}`
}

/** 421 for the connection that is one too many; nobody pays an attempt for it. */
export const connectionCap: Scenario = {
  name: 'connection cap',
  async run(round): Promise<Ended> {
    const { crew, draw, sink, db } = round
    const most = draw.int(3, 10)
    sink.behave(({ stage, openConnections }) =>
      stage === 'greeting' && openConnections > most
        ? { say: '421 4.7.0 too many connections from you', ending: 'close' }
        : undefined,
    )
    const id = await launchedCampaign(db, { addresses: 800, transport: 'smtp', shards: 8 })
    await Promise.all([crew.start(), crew.start()])
    const pauses = await endedInTime(round, [id])
    return {
      campaigns: [id],
      detail: `${most} connections for 16, the lane paused ${pauses} times`,
      violations: await unlessAll(round, id, { state: 'sent', attempt: 1 }),
    }
  },
}

/** The first try of every mailbox is refused with 450: the second brings it, and that is what it costs. */
export const greylisting: Scenario = {
  name: 'greylisting',
  async run(round): Promise<Ended> {
    const { crew, sink, db } = round
    sink.behave(({ stage, transaction }) =>
      stage === 'rcpt' && sink.log.tries.get(transaction?.recipient ?? '') === 1
        ? { say: '450 4.7.1 Greylisted, try again later' }
        : undefined,
    )
    const id = await launchedCampaign(db, { addresses: 800, transport: 'smtp', shards: 8 })
    await Promise.all([crew.start(), crew.start()])
    await endedInTime(round, [id])
    return {
      campaigns: [id],
      detail: 'every mailbox once',
      violations: await unlessAll(round, id, { state: 'sent', attempt: 2 }),
    }
  },
}

/** The message is kept and the 250 comes when nobody waits any more: doubt, and never a second copy under HOLD. */
export const slowReply: Scenario = {
  name: 'slow 250',
  needs: (draw) => {
    const leaseFirst = draw.chance(0.5)
    const timeouts = { connectMs: 2_000, greetingMs: 2_000, replyMs: leaseFirst ? 8_000 : 1_500 }
    return { worker: () => ({ timeouts, leaseMs: leaseFirst ? 2_500 : 12_000 }) }
  },
  async run(round): Promise<Ended> {
    const { crew, draw, sink, db } = round
    const policy = draw.pick(['hold', 'resend'] as const)
    sink.behave(({ stage, transaction }) =>
      stage === 'dot' && draw.chance(0.1)
        ? { delayMs: sink.log.tries.get(transaction?.recipient ?? '') === 1 ? 5_000 : 500 }
        : undefined,
    )
    const id = await launchedCampaign(db, { addresses: 300, transport: 'smtp', shards: 4, doubtPolicy: policy })
    await Promise.all([crew.start(), crew.start()])
    await round.ended([id])
    // What the sink still holds is kept when its time comes.
    await round.pause(5_100)
    return { campaigns: [id], detail: policy.toUpperCase(), mostExpired: 300 }
  },
}

/** Waits for the end and lets the pauses of the lane pass at once; returns how often it was paused. */
async function endedInTime(round: Round, campaigns: readonly string[]): Promise<number> {
  let pauses = 0
  const over = new AbortController()
  const operate = async (): Promise<void> => {
    while (!over.signal.aborted) {
      pauses += await letTimePass(round.db)
      await round.pause(200)
    }
  }
  await Promise.all([operate(), round.ended(campaigns).finally(() => over.abort())])
  return pauses
}

async function unlessAll(round: Round, id: string, wanted: { state: string; attempt: number }): Promise<string[]> {
  const { rows } = await readAccount(round.db, id)
  const others = rows.filter((row) => row.state !== wanted.state || row.attempt !== wanted.attempt)
  const example = others[0]
  return example === undefined
    ? []
    : [
        `${id}: ${others.length} are not ${wanted.state} with ${wanted.attempt} attempts: delivery ${example.id} is ${example.state} with ${example.attempt} (${example.endings.join(' ')})`,
      ]
}
