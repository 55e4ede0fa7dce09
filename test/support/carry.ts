// Sends one message to a wire server that misbehaves as planned, over one connection with short timeouts.
import { createSmtpTransport, type SmtpSettings } from '../../src/delivery/transports/smtp.ts'
import type { Handoff } from '../../src/delivery/transport.ts'
import { sampleMessage } from './sample-message.ts'
import { startWireServer, type WirePlan } from './wire-server.ts'

export const QUICK = { connectMs: 400, greetingMs: 400, replyMs: 400 }

/** How the message ended, and what the server saw. */
interface Result {
  handoff: Handoff
  dots: number
  connections: number
}

/** Returns how one message to a server of this plan ends. */
export async function carry(
  plan: WirePlan,
  options: Partial<SmtpSettings> & { htmlBytes?: number; login?: string } = {},
): Promise<Result> {
  await using server = await startWireServer(plan)
  const { htmlBytes = 400, login = '', ...settings } = options
  await using transport = createSmtpTransport({
    url: `smtp://${login}127.0.0.1:${server.port}`,
    timeouts: QUICK,
    connections: 1,
    ...settings,
  })
  const [handoff] = await transport.send([sampleMessage({ htmlBytes })], new AbortController().signal)
  return { handoff: handoff as Handoff, dots: server.dots(), connections: server.connections() }
}
