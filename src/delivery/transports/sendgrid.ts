// The SendGrid transport: many subscribers of one variant in one call, each with its own headers and delivery id.
import { systemClock, type Clock } from '../../core/clock.ts'
import { RollcallError } from '../../core/errors.ts'
import type { Message } from '../../message/message.ts'
import type { Handoff, Transport } from '../transport.ts'
import { guard, type AllowedDomains } from './guard.ts'
import { readAnswer } from './sendgrid-answer.ts'
import { buildCall, dealOut, refuseHeaders, type Item } from './sendgrid-call.ts'
import { createClient, type SendGridClient } from './sendgrid-client.ts'

export interface SendGridSettings {
  apiKey: string
  /** Default https://api.sendgrid.com; the EU region has its own. */
  baseUrl?: string
  /** Messages a call, at most 1,000. Default 100: a lost answer puts the whole call in doubt. */
  batch?: number
  /** Calls in the air at once. Default 4. */
  calls?: number
  /** Default one minute. */
  timeoutMs?: number
  allowedDomains?: AllowedDomains
  clock?: Clock
}

const HIGHEST_BATCH = 1_000

/** Returns the transport; nothing connects before the first message. Throws RollcallError for settings that cannot work. */
export function createSendGridTransport(settings: SendGridSettings): Transport {
  const { apiKey, baseUrl = 'https://api.sendgrid.com', batch = 100, calls = 4, timeoutMs = 60_000 } = settings
  const { allowedDomains = null, clock = systemClock } = settings
  if (!apiKey.startsWith('SG.'))
    throw refuse('SENDGRID_API_KEY does not start with "SG."', 'copy the key anew from SendGrid')
  if (!Number.isInteger(batch) || batch < 1 || batch > HIGHEST_BATCH)
    throw refuse(`${batch} messages a call is not from 1 to 1,000`, 'leave it at 100')
  const client = createClient(apiKey, baseUrl.replace(/\/+$/, ''), timeoutMs)
  return {
    kind: 'sendgrid',
    capacity: batch * calls,
    maxBatch: batch,
    send: (messages, signal) => sendAll({ client, allowedDomains, batch, clock, signal }, messages),
    verify: () => verify(client),
    async [Symbol.asyncDispose]() {
      client.close()
    },
  }
}

function refuse(message: string, hint: string): RollcallError {
  return new RollcallError('bad_sendgrid_settings', message, { hint, kind: 'usage' })
}

interface Sending {
  client: SendGridClient
  allowedDomains: AllowedDomains
  batch: number
  clock: Clock
  signal: AbortSignal
}

async function sendAll(sending: Sending, messages: readonly Message[]): Promise<Handoff[]> {
  const handoffs = new Map<number, Handoff>()
  const items: Item[] = []
  for (const [index, message] of messages.entries()) {
    const envelope = guard(message, sending.allowedDomains)
    const refusal = typeof envelope === 'string' ? envelope : refuseHeaders(message)
    if (refusal !== null) handoffs.set(index, { kind: 'unsendable', sentence: refusal })
    else if (typeof envelope !== 'string') items.push({ index, message, to: envelope.to })
  }
  await Promise.all(dealOut(items, sending.batch).map((call) => sendCall(sending, call, handoffs)))
  return messages.map((_, index) => handoffs.get(index) ?? missing(index))
}

function missing(index: number): never {
  throw new RollcallError('bug', `message ${index} got no handoff`)
}

/** A refused call took nothing, so its halves may go again: one bad message must not fail the other ninety-nine. */
async function sendCall(sending: Sending, items: readonly Item[], handoffs: Map<number, Handoff>): Promise<void> {
  const [first, ...rest] = items
  if (first === undefined) return
  const handoff = await handOver(sending, [first, ...rest])
  if (handoff.kind !== 'refused' || rest.length === 0) {
    for (const item of items) handoffs.set(item.index, handoff)
    return
  }
  const half = Math.ceil(items.length / 2)
  await sendCall(sending, items.slice(0, half), handoffs)
  await sendCall(sending, items.slice(half), handoffs)
}

async function handOver({ client, clock, signal }: Sending, items: [Item, ...Item[]]): Promise<Handoff> {
  if (signal.aborted) {
    return {
      kind: 'broken',
      stage: 'connect',
      mayBeDelivered: false,
      sentence: 'stopped before the call was made',
      aborted: true,
    }
  }
  const answer = await client.send(buildCall(items), signal)
  return readAnswer(answer, clock.now(), signal.aborted)
}

async function verify(client: SendGridClient): Promise<string> {
  const answer = await client.scopes(new AbortController().signal)
  const scopes = answer.kind === 'reply' && answer.status === 200 ? scopesOf(answer.body) : null
  if (scopes === null) {
    const why = answer.kind === 'reply' ? `it answered ${answer.status}` : `it cannot be reached (${answer.code})`
    throw new RollcallError('sendgrid_unusable', `SendGrid does not accept us: ${why}`, {
      hint: 'check SENDGRID_API_KEY and the network',
    })
  }
  if (!scopes.includes('mail.send')) {
    throw new RollcallError('sendgrid_unusable', 'the SendGrid key may not send mail', {
      hint: 'make a key with the scope mail.send',
    })
  }
  const extra = scopes.filter(
    (scope) => scope !== 'mail.send' && !scope.startsWith('2fa_') && scope !== 'sender_verification_eligible',
  )
  return extra.length === 0
    ? 'SendGrid accepts the key, which may send mail and nothing else'
    : `SendGrid accepts the key, which may do ${extra.length} things beside sending: make one with the scope mail.send only`
}

function scopesOf(body: unknown): string[] | null {
  const scopes: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'scopes') : undefined
  return Array.isArray(scopes) ? scopes.map(String) : null
}
