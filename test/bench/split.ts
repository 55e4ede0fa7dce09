// Where Node's CPU time of a message goes: loops in this one process over the same recipients, a step more in each.
import { hash } from 'node:crypto'
import process from 'node:process'
import { createTransport } from '../../src/delivery/transports/create.ts'
import type { Transport } from '../../src/delivery/transport.ts'
import type { Message } from '../../src/message/message.ts'
import type { Recipient } from '../../src/campaign/composer.ts'
import type { Lab } from './lab.ts'
import type { SplitLine } from './results.ts'
import type { Specimen } from './specimen.ts'
import { settleAll } from './split-ledger.ts'

/** Measures the steps of `count` messages, each after a round that warms it up. */
export async function measureSplit(lab: Lab, specimen: Specimen, count: number): Promise<SplitLine> {
  lab.note(`split of the CPU time: ${count} messages`)
  const recipients = await specimen.neighbours(count)
  const render = await microsOf(specimen, recipients, (message) => message.subject)
  const withBytes = await microsOf(specimen, recipients, (message) => hash('sha256', message.raw(), 'buffer'))
  const messages = await readyMessages(specimen, recipients)
  const smtp = await sendingMicros(lab, messages, false)
  const signed = await sendingMicros(lab, messages, true)
  const ledger = await settleAll(lab, specimen, count)
  return {
    messages: recipients.length,
    render,
    mime: withBytes - render,
    smtp,
    dkim: signed - smtp,
    database: ledger.nodeMicros,
    postgres: ledger.postgresMicros,
  }
}

/** Returns the CPU microseconds of each, the lower of two rounds that make the skeletons anew, after one that warms up. */
async function microsOf(
  specimen: Specimen,
  recipients: readonly Recipient[],
  use: (message: Message) => unknown,
): Promise<number> {
  for (const each of recipients) use(await specimen.composer.compose(each))
  let lowest = Infinity
  for (let round = 0; round < 2; round++) {
    const fresh = await specimen.freshComposer()
    const before = process.cpuUsage()
    for (const each of recipients) use(await fresh.compose(each))
    lowest = Math.min(lowest, spentSince(before))
  }
  return lowest / recipients.length
}

function spentSince(before: NodeJS.CpuUsage): number {
  const spent = process.cpuUsage(before)
  return spent.user + spent.system
}

/** Returns the messages with their bytes made. */
async function readyMessages(specimen: Specimen, recipients: readonly Recipient[]): Promise<Message[]> {
  const messages: Message[] = []
  for (const recipient of recipients) {
    const message = await specimen.composer.compose(recipient)
    const raw = message.raw()
    messages.push({ ...message, raw: () => raw })
  }
  return messages
}

async function sendingMicros(lab: Lab, messages: readonly Message[], isSigned: boolean): Promise<number> {
  await using sink = await lab.sink()
  const { connections } = lab.options
  const dkim = isSigned ? { domain: 'rollcall.example', selector: 'bench', keyFile: lab.dkimKeyFile } : null
  await using transport = createTransport('smtp', { url: sink.url, connections, dkim })
  await sendAll(transport, messages)
  const before = process.cpuUsage()
  await sendAll(transport, messages)
  const micros = spentSince(before) / messages.length
  const received = await sink.messages()
  if (received !== messages.length * 2)
    throw new Error(`sent ${messages.length * 2} ready messages, the sink has ${received}`)
  return micros
}

/** As many at once as the transport can carry. */
async function sendAll(transport: Transport, messages: readonly Message[]): Promise<void> {
  const queue = messages.values()
  const never = new AbortController().signal
  const lanes = Array.from({ length: transport.capacity }, async () => {
    for (const message of queue) {
      const [handoff] = await transport.send([message], never)
      if (handoff?.kind !== 'accepted') throw new Error(`a ready message was not accepted: ${JSON.stringify(handoff)}`)
    }
  })
  await Promise.all(lanes)
}
