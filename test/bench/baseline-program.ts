// The program of the naive and the usual way: render, let Nodemailer's pool compose and send, as its documentation shows.
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { createTransport, type SendMailOptions } from 'nodemailer'
import type { BaselineInput, BaselineOutput, BaselinePerson } from './baseline-input.ts'
import { compileTemplates, type Templates } from './baseline-templates.ts'

const WEIGHED = 50
const input = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as BaselineInput
const templates = await compileTemplates(input.way)
const pool = createTransport({
  pool: true,
  host: '127.0.0.1',
  port: input.port,
  ignoreTLS: true,
  maxConnections: input.connections,
})
process.stdout.write(JSON.stringify(await sendAll(templates)))
pool.close()

async function sendAll(templates: Templates): Promise<BaselineOutput> {
  let sent = 0
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const queue = input.people.values()
  // Twice as many messages at hand as connections, so that none waits for a message.
  const lanes = Array.from({ length: input.connections * 2 }, async () => {
    for (const person of queue) {
      await pool.sendMail(await mailFor(templates, person))
      sent += 1
    }
  })
  await Promise.all(lanes)
  const seconds = (performance.now() - startedAt) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  return { sent, seconds, cpuMicros: cpu.user + cpu.system, meanBytes: await meanBytes(templates) }
}

async function mailFor(templates: Templates, recipient: BaselinePerson): Promise<SendMailOptions> {
  const { variant, person, envelopeFrom, headers, from, replyTo, to, messageId, date } = recipient
  const variantView = input.views[variant]
  if (variantView === undefined) throw new Error(`there is no variant ${variant}`)
  const view = { ...variantView, ...person }
  return {
    envelope: { from: envelopeFrom, to: [to.address] },
    from,
    replyTo,
    to,
    messageId,
    date: new Date(date),
    headers: Object.fromEntries(headers),
    subject: templates.subject(view),
    text: templates.text(view),
    html: await templates.html(view),
  }
}

/** Composes some of the messages once more, after the send, only to weigh them. */
async function meanBytes(templates: Templates): Promise<number> {
  const scale = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  const step = Math.max(1, Math.floor(input.people.length / WEIGHED))
  const some = input.people.filter((_, index) => index % step === 0)
  let bytes = 0
  for (const person of some) {
    const { message } = await scale.sendMail(await mailFor(templates, person))
    bytes += Buffer.isBuffer(message) ? message.length : 0
  }
  return bytes / some.length
}
