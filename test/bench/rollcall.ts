// The product, whole: subscribers in PostgreSQL, launch, queue, worker processes, SMTP, ledger settled.
import type { Audience } from './audience.ts'
import { runCampaign, type CampaignSetup, type Receiver } from './campaign-run.ts'
import type { Lab } from './lab.ts'
import { wants } from './options.ts'
import { cpuMsOf } from './proc.ts'
import type { SendLine } from './results.ts'
import type { Sink } from './sink.ts'

export interface Variation {
  queue: 'redis' | 'postgres'
  workers: 1 | 2
  isSigned: boolean
}

/** Returns the variations that are wanted and possible, by name. */
export function variations(lab: Lab): Map<string, Variation> {
  const queues = lab.redis === null ? (['postgres'] as const) : (['redis', 'postgres'] as const)
  const all = queues.flatMap((queue) =>
    ([1, 2] as const).flatMap((workers) =>
      [false, true].map((isSigned) => [nameOf({ queue, workers, isSigned }), { queue, workers, isSigned }] as const),
    ),
  )
  return new Map(all.filter(([name]) => wants(lab.options, name)))
}

function nameOf({ queue, workers, isSigned }: Variation): string {
  return `rollcall/${queue}/${workers}/${isSigned ? 'dkim' : 'plain'}`
}

/** Sends the audience by one variation to a sink of its own. */
export async function sendWhole(
  lab: Lab,
  audience: Audience,
  name: string,
  { queue, workers, isSigned }: Variation,
  more: Pick<CampaignSetup, 'sendAtMost' | 'nodeFlags'> = {},
): Promise<SendLine> {
  await using sink = await lab.sink()
  const environment = {
    SMTP_URL: sink.url,
    ROLLCALL_TRANSPORT: 'smtp',
    ROLLCALL_SMTP_CONNECTIONS: String(lab.options.connections),
    ...(isSigned ? dkim(lab) : {}),
  }
  return await runCampaign(lab, audience, { name, queue, workers, environment, ...more }, receiverOf(sink))
}

function dkim({ dkimKeyFile }: Lab): Record<string, string> {
  return {
    ROLLCALL_DKIM_DOMAIN: 'rollcall.example',
    ROLLCALL_DKIM_SELECTOR: 'bench',
    ROLLCALL_DKIM_KEY_FILE: dkimKeyFile,
  }
}

function receiverOf(sink: Sink): Receiver {
  return { messages: () => sink.messages(), cpuMs: async () => (await cpuMsOf(sink.pid)) ?? 0 }
}
