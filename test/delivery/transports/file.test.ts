// Messages as files: whole, in their folder, and never under a name that leads out of it.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFileTransport } from '../../../src/delivery/transports/file.ts'
import { sampleMessage } from '../../support/sample-message.ts'

const NEVER = new AbortController().signal
let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'files-'))
})
afterAll(() => rm(home, { recursive: true }))

test('a message becomes DELIVERY.eml with exactly its bytes, and nothing else is left in the folder', async () => {
  const directory = join(home, 'plain')
  await using transport = createFileTransport({ directory })
  const messages = Array.from({ length: 30 }, (_, n) => sampleMessage({ deliveryId: `${n}`, htmlBytes: 27_000 }))
  await transport.send(messages, NEVER)
  expect((await readdir(directory)).sort()).toEqual(messages.map((each) => `${each.deliveryId}.eml`).sort())
  expect((await readFile(join(directory, '7.eml'))).equals(messages[7]?.raw() ?? Buffer.alloc(0))).toBe(true)
})

test('a message sent again replaces its file', async () => {
  const directory = join(home, 'again')
  await using transport = createFileTransport({ directory })
  for (const firstName of ['Ana', 'Eve']) await transport.send([sampleMessage({ firstName })], NEVER)
  expect(await readdir(directory)).toEqual(['1.eml'])
  expect(await readFile(join(directory, '1.eml'), 'utf8')).toContain('Dear Eve')
})

test('a delivery id that would lead out of the folder is refused', async () => {
  const directory = join(home, 'fenced')
  await using transport = createFileTransport({ directory })
  for (const deliveryId of ['../escaped', '/tmp/escaped', 'a/b', '..', '', 'a\0b']) {
    expect(await transport.send([sampleMessage({ deliveryId })], NEVER)).toMatchObject([{ kind: 'unsendable' }])
  }
  expect(await readdir(home)).not.toContain('escaped.eml')
})

test('a folder that cannot be written closes the lane and blames no message', async () => {
  const blocker = join(home, 'a-file')
  await writeFile(blocker, '')
  await using transport = createFileTransport({ directory: join(blocker, 'folder') })
  expect(await transport.send([sampleMessage()], NEVER)).toMatchObject([
    { kind: 'lane', sentence: expect.stringContaining('ENOTDIR') },
  ])
  await expect(transport.verify()).rejects.toMatchObject({ code: 'outbox_unusable' })
})
