// The naive and the usual way: a separate program with Handlebars, MJML and Nodemailer, fed with the real recipients.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import type { Message } from '../../src/message/message.ts'
import type { PersonView } from '../../src/message/view.ts'
import type { BaselineInput, BaselineOutput, BaselinePerson } from './baseline-input.ts'
import type { Lab } from './lab.ts'
import { cpuMsOf } from './proc.ts'
import { usageOf } from './processes.ts'
import type { SendLine } from './results.ts'
import type { Specimen } from './specimen.ts'

/** Sends `count` messages by one way and returns what was measured. */
export async function measureBaseline(
  lab: Lab,
  specimen: Specimen,
  way: 'naive' | 'usual',
  count: number,
): Promise<SendLine> {
  lab.note(`${way}: ${count} messages`)
  await using sink = await lab.sink()
  const input: BaselineInput = {
    way,
    port: sink.port,
    connections: lab.options.connections,
    views: await specimen.views(),
    people: await peopleOf(specimen, count),
  }
  const file = path.join(lab.folder, `${way}.json`)
  await writeFile(file, JSON.stringify(input))
  const program = path.join(import.meta.dirname, 'baseline-program.ts')
  const sinkBefore = (await cpuMsOf(sink.pid)) ?? 0
  const args = ['--import', import.meta.resolve('tsx'), program, file]
  const run = await usageOf(lab.processes.start(process.execPath, args))
  const sinkMs = ((await cpuMsOf(sink.pid)) ?? 0) - sinkBefore
  const output = JSON.parse(run.stdout) as BaselineOutput
  const received = await sink.messages()
  return {
    name: way,
    messages: output.sent,
    perSecond: output.sent / output.seconds,
    wallSeconds: run.wallMs / 1000,
    launchSeconds: null,
    cpu: {
      sender: output.cpuMicros / output.sent,
      steady: null,
      postgres: null,
      redis: null,
      sink: (sinkMs * 1000) / output.sent,
    },
    peakBytes: run.peakBytes,
    earlyPeaks: null,
    meanBytes: output.meanBytes,
    problem:
      output.sent === count && received === count ? null : `audience ${count}, sent ${output.sent}, sink ${received}`,
    remark: null,
  }
}

/** Everything about a person that is not rendering: addresses, links and headers come ready-made, in the program's favour. */
async function peopleOf(specimen: Specimen, count: number): Promise<BaselinePerson[]> {
  const { links } = specimen.app.sender
  const people: BaselinePerson[] = []
  for (const recipient of await specimen.neighbours(count)) {
    const message = await specimen.composer.compose(recipient)
    const capability = { deliveryId: BigInt(recipient.deliveryId), subscriberId: BigInt(recipient.subscriberId) }
    const person: PersonView = {
      firstName: recipient.firstName,
      lastName: recipient.lastName,
      address: recipient.address,
      zip: recipient.zip ?? '',
      ...links.person(capability),
    }
    people.push({ variant: recipient.variant, person, ...headOf(message) })
  }
  return people
}

function headOf({
  from,
  replyTo,
  to,
  envelopeFrom,
  messageId,
  date,
  headers,
}: Message): Omit<BaselinePerson, 'variant' | 'person'> {
  return { from, replyTo, to, envelopeFrom, messageId: `<${messageId}>`, date: date.toISOString(), headers }
}
