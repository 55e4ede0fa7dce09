// Each transport with something real behind it, seen through one pair of glasses.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Message } from '../../src/message/message.ts'
import type { Transport, TransportKind } from '../../src/delivery/transport.ts'
import { createTransport } from '../../src/delivery/transports/create.ts'
import { startSendGridStandIn } from '../support/sendgrid-stand-in.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'

/** A transport and what its far side received. */
export interface Rig extends AsyncDisposable {
  transport: Transport
  /** Delivery id → what arrived, as text; a second arrival of one delivery throws. */
  arrived(): Promise<Map<string, string>>
  /** What `arrived` shows for a message that came through unharmed. */
  expected(message: Message): string
}

export interface RigOptions {
  allowedDomains?: readonly string[]
}

export const RIGS: Record<TransportKind, (options?: RigOptions) => Promise<Rig>> = {
  async smtp(options = {}) {
    const sink = await startSmtpSink()
    const transport = createTransport('smtp', { url: sink.url, ...options })
    return {
      transport,
      arrived: async () => unique(sink.accepted.map((each) => [deliveryOf(each.raw.toString()), each.raw.toString()])),
      expected: (message) => message.raw().toString(),
      async [Symbol.asyncDispose]() {
        await transport[Symbol.asyncDispose]()
        await sink[Symbol.asyncDispose]()
      },
    }
  },

  async sendgrid(options = {}) {
    const standIn = await startSendGridStandIn()
    const transport = createTransport('sendgrid', { apiKey: standIn.apiKey, baseUrl: standIn.url, ...options })
    return {
      transport,
      arrived: async () =>
        unique(
          standIn.taken.map((each) => [each.delivery, JSON.stringify([each.to, each.subject, each.text, each.html])]),
        ),
      expected: ({ to, subject, text, html }) => JSON.stringify([to.address, subject, text, html]),
      async [Symbol.asyncDispose]() {
        await transport[Symbol.asyncDispose]()
        await standIn[Symbol.asyncDispose]()
      },
    }
  },

  async file(options = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'outbox-'))
    const transport = createTransport('file', { directory: join(directory, 'deep'), ...options })
    const read = async (name: string): Promise<[string, string]> => [
      name.replace(/\.eml$/, ''),
      await readFile(join(directory, 'deep', name), 'utf8'),
    ]
    return {
      transport,
      arrived: async () =>
        unique(await Promise.all((await readdir(join(directory, 'deep')).catch(() => [])).map(read))),
      expected: (message) => message.raw().toString(),
      async [Symbol.asyncDispose]() {
        await transport[Symbol.asyncDispose]()
        await rm(directory, { recursive: true })
      },
    }
  },
}

function deliveryOf(raw: string): string {
  return /^X-Rollcall-Delivery: (\S+)/m.exec(raw)?.[1] ?? ''
}

function unique(entries: [string, string][]): Map<string, string> {
  const map = new Map(entries)
  if (map.size !== entries.length) throw new Error('a delivery arrived twice')
  return map
}
