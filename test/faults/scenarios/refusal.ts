// The mail server wants nothing from us any more: no TLS, or our login is revoked in mid-campaign. Nobody's attempt is spent.
import { sql } from 'kysely'
import { launchedCampaign } from '../../support/campaign.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { readAccount } from '../ledger.ts'
import { letTimePass, type Round } from '../round.ts'
import type { Ended, Scenario } from '../scenario.ts'
import type { Act, Behaviour } from '../sink.ts'

const MESSAGES = 600
const PASSWORD = 'open-sesame'

/** What the server says at EHLO and STARTTLS. One that does not offer TLS refuses it as well: we ask all the same where TLS is a must. */
const NO_TLS: readonly { name: string; acts: Partial<Record<string, Act>> }[] = [
  {
    name: 'not offered',
    acts: {
      ehlo: { say: '250-sink.faults.example\r\n250 PIPELINING' },
      starttls: { say: '502 5.5.1 command not implemented' },
    },
  },
  { name: '454', acts: { starttls: { say: '454 4.7.0 TLS is not available' } } },
  { name: '501', acts: { starttls: { say: '501 5.5.4 no' } } },
  { name: 'a handshake that breaks', acts: { starttls: { ending: 'close' } } },
]

export const tlsRefused: Scenario = {
  name: 'TLS refused',
  needs() {
    const tls = makeCertificate()
    return { sink: { tls }, worker: (sink, name) => ({ smtpUrl: sink.url(name, { tls: true }), ca: tls.cert }) }
  },
  async run(round): Promise<Ended> {
    const fault = round.draw.pick(NO_TLS)
    const wall: Behaviour = ({ stage }) => fault.acts[stage]
    return await runIntoTheWall(round, { detail: fault.name, wall, after: 0 })
  },
}

/** Open connections hear 530 or 421 at their next message, new ones are not let in. */
export const loginRevoked: Scenario = {
  name: 'login revoked',
  needs: () => ({
    sink: { password: PASSWORD },
    worker: (sink, name) => ({ smtpUrl: sink.url(name, { password: PASSWORD }), messagesPerConnection: 20 }),
  }),
  async run(round): Promise<Ended> {
    const open = round.draw.pick<{ name: string; act: Act }>([
      { name: '530 to open connections', act: { say: '530 5.7.0 Authentication required' } },
      { name: '421 to open connections', act: { say: '421 4.7.0 session revoked', ending: 'close' } },
      { name: 'open connections cut', act: { ending: 'reset' } },
    ])
    const wall: Behaviour = ({ stage }) =>
      stage === 'auth' ? { say: '535 5.7.8 Bad credentials' } : stage === 'mail' ? open.act : undefined
    return await runIntoTheWall(round, { detail: open.name, wall, after: MESSAGES * round.draw.int(2, 6) * 0.1 })
  },
}

interface Wall {
  detail: string
  wall: Behaviour
  /** Accepted messages before the wall stands. */
  after: number
}

/** Sends into the wall until the lane is paused, looks at what that cost, takes the wall away and sends the rest. */
async function runIntoTheWall(round: Round, { detail, wall, after }: Wall): Promise<Ended> {
  const { crew, sink, db } = round
  const id = await launchedCampaign(db, { addresses: MESSAGES, transport: 'smtp', shards: 6 })
  if (after === 0) sink.behave(wall)
  else sink.behave((moment) => (sink.log.accepted.length >= after ? wall(moment) : undefined))
  await Promise.all([crew.start(), crew.start()])
  await round.until('the lane is paused', async () => (await pauseReason(round)) !== null)
  await round.until('nothing is in the air', async () => (await rowsIn(round, id, ['sending'])) === 0)
  const reason = (await pauseReason(round)) ?? ''
  const violations = [...(await costs(round, id)), ...untold(round, id, reason)]
  sink.behave(() => undefined)
  await letTimePass(db)
  // A worker may meet the memory of the wall once more.
  await round.until('everything is sent', async () => {
    await letTimePass(db)
    return (await rowsIn(round, id, ['sent'])) === MESSAGES
  })
  await round.ended([id])
  return {
    campaigns: [id],
    detail: `${detail}: "${reason.slice(0, 60)}"`,
    violations: [...violations, ...(await costs(round, id))],
  }
}

/** Attempts are charged for what was sent, and for nothing else. */
async function costs({ db }: Round, id: string): Promise<string[]> {
  const { rows } = await readAccount(db, id)
  const charged = rows.filter((row) => row.attempt !== (row.state === 'sent' ? 1 : 0))
  const example = charged[0]
  return example === undefined
    ? []
    : [
        `${id}: ${charged.length} paid for the server's refusal of us: delivery ${example.id} is ${example.state} with ${example.attempt} attempts (${example.endings.join(' ')})`,
      ]
}

/** The operator is told twice: in the lane, and in the log of a worker. */
function untold({ crew }: Round, id: string, reason: string): string[] {
  return [
    ...(reason === '' ? [`${id}: the lane does not say why it is paused`] : []),
    ...(crew.said().includes('the lane is paused') ? [] : [`${id}: no worker's log says that the lane is paused`]),
  ]
}

async function pauseReason({ db }: Round): Promise<string | null> {
  // pause_reason: what the operator reads.
  const { rows } = await sql<{ reason: string | null }>`
    SELECT pause_reason AS reason FROM lane WHERE paused_until > now()`.execute(db)
  return rows[0]?.reason ?? null
}

async function rowsIn({ db }: Round, id: string, states: readonly string[]): Promise<number> {
  // rows_in: how many deliveries are in one of these states.
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM delivery WHERE campaign_id = ${id} AND state = ANY (${[...states]}::text[])`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}
