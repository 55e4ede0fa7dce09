// SendGrid's API: the whole product against the local stand-in that checks each call as the public reference describes it.
import process from 'node:process'
import { startSendGridStandIn } from '../support/sendgrid-stand-in.ts'
import type { Audience } from './audience.ts'
import { runCampaign } from './campaign-run.ts'
import type { Lab } from './lab.ts'
import type { SendGridLine } from './results.ts'

const EMPTY_EVERY_MS = 50

/** Sends an audience of one variant with `batch` messages a call, by one worker. */
export async function measureSendGrid(lab: Lab, audience: Audience, batch: number): Promise<SendGridLine> {
  await using standIn = await startSendGridStandIn()
  let calls = 0
  let messages = 0
  // The stand-in keeps everything for tests to look at; here it is counted and forgotten.
  const forget = (): void => {
    calls += standIn.calls.splice(0).length
    messages += standIn.taken.splice(0).length
  }
  const timer = setInterval(forget, EMPTY_EVERY_MS)
  try {
    const environment = {
      ROLLCALL_TRANSPORT: 'sendgrid',
      SENDGRID_API_KEY: standIn.apiKey,
      ROLLCALL_SENDGRID_URL: standIn.url,
      ROLLCALL_SENDGRID_BATCH: String(batch),
    }
    const queue = lab.redis === null ? 'postgres' : 'redis'
    const receiver = {
      messages: () => {
        forget()
        return Promise.resolve(messages)
      },
      // The stand-in lives in this process.
      cpuMs: () => Promise.resolve(process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000),
    }
    const name = `sendgrid/${batch}`
    const line = await runCampaign(lab, audience, { name, queue, workers: 1, environment }, receiver)
    const [refused] = standIn.problems
    return {
      ...line,
      batch,
      callsPerThousand: (calls * 1000) / Math.max(1, messages),
      problem: line.problem ?? (refused ? `the stand-in refused a call: ${refused.message}` : null),
    }
  } finally {
    clearInterval(timer)
  }
}
