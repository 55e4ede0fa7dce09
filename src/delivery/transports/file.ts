// The file transport: each message becomes DELIVERY.eml in a folder, whole or not at all.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, RollcallError } from '../../core/errors.ts'
import { systemRandom } from '../../core/ids.ts'
import type { Message } from '../../message/message.ts'
import { madeReply, stripAddresses } from '../reply.ts'
import type { Handoff, Transport } from '../transport.ts'
import { guard, type AllowedDomains } from './guard.ts'

export interface FileSettings {
  directory: string
  allowedDomains?: AllowedDomains
}

/** Returns the transport; the folder is made with the first message. A message sent again replaces its file. */
export function createFileTransport({ directory, allowedDomains = null }: FileSettings): Transport {
  return {
    kind: 'file',
    capacity: 8,
    maxBatch: 1,
    send: (messages, signal) =>
      Promise.all(messages.map((message) => keep(directory, allowedDomains, message, signal))),
    verify: () => verify(directory),
    async [Symbol.asyncDispose]() {},
  }
}

async function keep(
  directory: string,
  allowed: AllowedDomains,
  message: Message,
  signal: AbortSignal,
): Promise<Handoff> {
  const refusal = refuse(message, allowed)
  if (refusal !== null) return { kind: 'unsendable', sentence: refusal }
  if (signal.aborted)
    return {
      kind: 'broken',
      stage: 'connect',
      mayBeDelivered: false,
      sentence: 'stopped before the file was written',
      aborted: true,
    }
  const name = `${message.deliveryId}.eml`
  const raw = built(message)
  if (typeof raw === 'string') return { kind: 'unsendable', sentence: raw }
  try {
    await writeWhole(directory, name, raw)
    return { kind: 'accepted', reply: madeReply(250, `kept as ${name}`, '2.0.0') }
  } catch (error) {
    const sentence = `the message could not be written: ${stripAddresses(messageOf(error))}`
    return { kind: 'lane', stage: 'connect', reply: null, sentence, retryAfterMs: null }
  }
}

function refuse(message: Message, allowed: AllowedDomains): string | null {
  const envelope = guard(message, allowed)
  if (typeof envelope === 'string') return envelope
  return /^[A-Za-z0-9_-]{1,64}$/.test(message.deliveryId) ? null : 'not sent, the delivery id cannot be a file name'
}

function built(message: Message): Buffer | string {
  try {
    return message.raw()
  } catch (error) {
    return `not sent, the message could not be made: ${stripAddresses(messageOf(error))}`
  }
}

/** A reader of the folder never sees half a message: rename(2) is atomic within a file system. */
async function writeWhole(directory: string, name: string, bytes: Buffer): Promise<void> {
  await mkdir(directory, { recursive: true })
  const partial = join(directory, `.${name}.${systemRandom(6).toString('hex')}.part`)
  try {
    await writeFile(partial, bytes, { flag: 'wx' })
    await rename(partial, join(directory, name))
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function verify(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true })
    const probe = join(directory, `.probe.${systemRandom(6).toString('hex')}`)
    await writeFile(probe, '')
    await rm(probe)
    return `messages are kept as .eml files in ${directory}`
  } catch (error) {
    throw new RollcallError('outbox_unusable', `${directory} cannot be written: ${messageOf(error)}`, {
      hint: 'make the folder writable or set ROLLCALL_HOME',
    })
  }
}
