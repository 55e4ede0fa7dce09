// DKIM signatures, checked by somebody else's verifier.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSigner } from '../../../src/delivery/transports/dkim.ts'
import { createSmtpTransport } from '../../../src/delivery/transports/smtp.ts'
import { sampleMessage } from '../../support/sample-message.ts'
import { startSmtpSink } from '../../support/smtp-sink.ts'

const SETTINGS = { domain: 'example.org', selector: 's1' }
let folder = ''
let keyFile = ''
let publicKey = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dkim-'))
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  keyFile = join(folder, 'rsa.pem')
  writeFileSync(keyFile, pair.privateKey)
  publicKey = pair.publicKey.toString('base64')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function verify(signed: Buffer): Promise<{ result: string | undefined; headers: string[] }> {
  const resolver = async (name: string): Promise<string[][]> =>
    name === 's1._domainkey.example.org' ? [[`v=DKIM1; k=rsa; p=${publicKey}`]] : []
  const { results } = await dkimVerify(signed, { resolver })
  return {
    result: results[0]?.status?.result,
    headers: (results[0]?.signingHeaders?.keys ?? '').toLowerCase().split(/\s*:\s*/),
  }
}

test('a signed message verifies, with the one-click headers among the signed ones', async () => {
  const { result, headers } = await verify(await createSigner({ ...SETTINGS, keyFile })(sampleMessage().raw()))
  expect(result).toBe('pass')
  for (const name of [
    'from',
    'to',
    'subject',
    'date',
    'message-id',
    'reply-to',
    'list-unsubscribe',
    'list-unsubscribe-post',
    'list-id',
    'feedback-id',
  ])
    expect(headers).toContain(name)
  expect(headers).not.toContain('x-rollcall-delivery')
})

test('a changed header or body no longer verifies', async () => {
  const signed = await createSigner({ ...SETTINGS, keyFile })(sampleMessage().raw())
  for (const [from, to] of [
    ['One-Click', 'One-Clack'],
    ['Dear Ana', 'Dear Eve'],
    ['Subject: Your', 'Subject: Our'],
  ] as const) {
    expect((await verify(Buffer.from(signed.toString().replace(from, to)))).result).not.toBe('pass')
  }
})

test('signing the same message twice gives the same bytes, and only puts a header on top', async () => {
  const sign = createSigner({ ...SETTINGS, keyFile })
  const raw = sampleMessage().raw()
  const signed = await sign(raw)
  expect((await sign(raw)).equals(signed)).toBe(true)
  expect(signed.subarray(signed.length - raw.length).equals(raw)).toBe(true)
  expect(signed.toString()).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=example\.org/)
})

test('what the SMTP transport sends verifies on the other side', async () => {
  await using sink = await startSmtpSink()
  await using transport = createSmtpTransport({ url: sink.url, dkim: { ...SETTINGS, keyFile } })
  await transport.send([sampleMessage({ htmlBytes: 27_000 })], new AbortController().signal)
  expect((await verify(sink.accepted[0]?.raw ?? Buffer.alloc(0))).result).toBe('pass')
})

test('T25: a key that cannot be used is refused at the start, without showing it', () => {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const elliptic = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const small = generateKeyPairSync('rsa', {
    modulusLength: 512,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const bad = [
    { ...SETTINGS, keyFile: join(folder, 'missing.pem') },
    { ...SETTINGS, keyFile: write('canary.pem', 'canary-secret') },
    { ...SETTINGS, keyFile: write('ed25519.pem', elliptic.privateKey) },
    { ...SETTINGS, keyFile: write('small.pem', small.privateKey) },
    { ...SETTINGS, keyFile, domain: 'example' },
    { ...SETTINGS, keyFile, selector: 's1; d=other' },
  ]
  for (const settings of bad) {
    expect(() => createSigner(settings)).toThrow(
      expect.objectContaining({
        code: 'bad_dkim',
        kind: 'usage',
        message: expect.not.stringMatching(/canary-secret|PRIVATE/),
      }),
    )
  }
})
