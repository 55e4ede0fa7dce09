// SendGrid's stand-in loses answers, fails, and wants us slower: what may have been taken is in doubt, nothing else.
import { createHash } from 'node:crypto'
import { launchedCampaign } from '../../support/campaign.ts'
import { startSendGridStandIn, type Mischief, type SendGridStandIn } from '../../support/sendgrid-stand-in.ts'
import { letTimePass, type Round } from '../round.ts'
import type { Ended, Scenario } from '../scenario.ts'

const MESSAGES = 900

/** Everything the API can do to a call, most of it more than once. */
function mischiefs(): Mischief[] {
  const reset = String(Math.floor(Date.now() / 1_000) + 2)
  return [
    'lost',
    'lost',
    'silent',
    'cut before reading',
    { status: 500, taken: true },
    { status: 500 },
    { status: 503, taken: true },
    { status: 502 },
    { status: 429, headers: { 'x-ratelimit-reset': reset, 'x-ratelimit-remaining': '0' } },
    { status: 429 },
    { status: 401 },
    { status: 403 },
  ]
}

export const sendGrid: Scenario = {
  name: 'SendGrid',
  async run(round): Promise<Ended> {
    const { crew, db, draw } = round
    await using standIn = await startSendGridStandIn()
    const policy = draw.pick(['hold', 'resend'] as const)
    const id = await launchedCampaign(db, {
      addresses: MESSAGES,
      transport: 'sendgrid',
      shards: 4,
      doubtPolicy: policy,
    })
    const settings = { apiKey: standIn.apiKey, baseUrl: standIn.url, batch: 20, calls: 2, timeoutMs: 1_500 }
    standIn.mischief.push(...draw.shuffle(mischiefs()))
    await Promise.all([crew.start({ sendGrid: settings }), crew.start({ sendGrid: settings })])
    await round.until('SendGrid has done everything it can', async () => {
      await letTimePass(db)
      return standIn.mischief.length === 0
    })
    await round.until('nothing more is to be sent', async () => {
      await letTimePass(db)
      return (await left(round, id)) === 0
    })
    await round.ended([id])
    return {
      campaigns: [id],
      detail: `${standIn.calls.length} calls read, ${policy.toUpperCase()}`,
      farSide: {
        accepted: standIn.taken.map(copyOf),
        mayHaveArrived: () => true, // a call that was cut off says nothing about who was in it
        wasRefused: () => false,
        knowsBytes: false,
      },
      violations: refusedCalls(id, standIn),
    }
  },
}

/** The stand-in checks every call as the API's reference describes it. */
function refusedCalls(id: string, { problems }: SendGridStandIn): string[] {
  return problems.map((problem) => `${id}: the stand-in refused a call: ${problem.field}: ${problem.message}`)
}

function copyOf({ to, delivery, subject, text, html }: SendGridStandIn['taken'][number]) {
  const sha256 = createHash('sha256')
    .update(JSON.stringify([subject, text, html]))
    .digest('hex')
  return { recipient: to, messageId: delivery, sha256 }
}

async function left({ db }: Round, id: string): Promise<number> {
  const { open } = await db
    .selectFrom('delivery')
    .select(({ fn }) => fn.countAll<string>().as('open'))
    .where('campaign_id', '=', id)
    .where('state', 'in', ['pending', 'deferred', 'sending'])
    .executeTakeFirstOrThrow()
  return Number(open)
}
