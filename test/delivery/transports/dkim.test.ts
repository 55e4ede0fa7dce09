// DKIM signatures, checked by somebody else's verifier.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { buffer } from 'node:stream/consumers'
import * as fc from 'fast-check'
import DKIM from 'nodemailer/lib/dkim'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSigner, type Signer } from '../../../src/delivery/transports/dkim.ts'
import { withCrlf } from '../../../src/delivery/transports/smtp-body.ts'
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

/** The message as it leaves: the signature on top, line ends as on the wire. */
async function signed(sign: Signer, raw: Buffer): Promise<Buffer> {
  return Buffer.from((await sign(raw)) + withCrlf(raw.toString('latin1')), 'latin1')
}

/** Anything two verifiers could read differently: blanks of all kinds, empty lines, folds, bare line ends, bytes. */
const odd = (minLength: number) =>
  fc
    .array(
      fc.constantFrom(
        'a',
        ' ',
        '  ',
        '\t',
        '\r\n',
        '\r\n\r\n',
        '\n',
        '\r',
        '.',
        '=',
        ';',
        ':',
        '\xa0',
        '\xc3\xb6',
        'b=',
      ),
      {
        minLength,
        maxLength: 24,
      },
    )
    .map((parts) => parts.join(''))
const oddHeader = fc.tuple(
  fc.constantFrom('Subject', 'SUBJECT ', 'To', 'List-Id', 'List-Unsubscribe-Post', 'X-Other', 'cc\t'),
  fc.array(fc.constantFrom('a', ' ', '\t', '\r\n ', '\r\n\t', ':', '\xa0', '\xc3\xb6', 'b=x;'), { maxLength: 10 }),
)
const oddMessage = fc
  .tuple(fc.array(oddHeader, { maxLength: 6 }), fc.boolean(), odd(0))
  .map(([headers, isFromFirst, body]) => {
    const lines = headers.map(([name, value]) => `${name}:x${value.join('')}x\r\n`)
    const from = 'From: Ana <ana@example.org>\r\n'
    return Buffer.from(`${isFromFirst ? from : ''}${lines.join('')}${isFromFirst ? '' : from}\r\n${body}`, 'latin1')
  })

test('whatever blanks, folds, line ends and bytes a message holds, another verifier accepts the signature', async () => {
  const sign = createSigner({ ...SETTINGS, keyFile })
  await fc.assert(
    fc.asyncProperty(oddMessage, async (raw) => {
      expect((await verify(await signed(sign, raw))).result).toBe('pass')
    }),
    { numRuns: 150 },
  )
})

test('another signer signs the very same canonical bytes: RSA signatures of equal data are equal', async () => {
  const sign = createSigner({ ...SETTINGS, keyFile })
  const headerFieldNames =
    'From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:Content-Transfer-Encoding:' +
    'List-Id:List-Unsubscribe:List-Unsubscribe-Post:List-Help:Feedback-ID'
  const privateKey = readFileSync(keyFile, 'utf8')
  const other = new DKIM({ domainName: 'example.org', keySelector: 's1', privateKey, headerFieldNames })
  const tagsOf = (field: string) => field.slice(0, field.search(/\r\n(?![ \t])/)).replaceAll(/\s+/g, '')
  const samples = fc.oneof(oddMessage, fc.constant(sampleMessage({ htmlBytes: 27_000 }).raw()))
  await fc.assert(
    fc.asyncProperty(samples, async (raw) => {
      const wire = Buffer.from(withCrlf(raw.toString('latin1')), 'latin1')
      expect(tagsOf(await sign(raw))).toBe(tagsOf((await buffer(other.sign(wire))).toString('latin1')))
    }),
    { numRuns: 100 },
  )
})

test('a message without From is refused: such a signature would be void', async () => {
  await expect(createSigner({ ...SETTINGS, keyFile })(Buffer.from('Subject: x\r\n\r\nhello\r\n'))).rejects.toThrow(
    /no From/,
  )
})

test('no line of the signature is over 78 characters, but the list of signed names', async () => {
  const lines = (await createSigner({ ...SETTINGS, keyFile })(sampleMessage().raw())).split('\r\n')
  expect(lines.filter((line) => line.length > 78).map((line) => line.slice(0, 8))).toEqual([' h=from:'])
  expect(lines.at(-1)).toBe('')
})

test('a signed message verifies, with the one-click headers among the signed ones', async () => {
  const { result, headers } = await verify(await signed(createSigner({ ...SETTINGS, keyFile }), sampleMessage().raw()))
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
  const message = await signed(createSigner({ ...SETTINGS, keyFile }), sampleMessage().raw())
  for (const [from, to] of [
    ['One-Click', 'One-Clack'],
    ['Dear Ana', 'Dear Eve'],
    ['Subject: Your', 'Subject: Our'],
  ] as const) {
    expect((await verify(Buffer.from(message.toString().replace(from, to)))).result).not.toBe('pass')
  }
})

test('signing the same message twice gives the same header field, and the message stays as it is', async () => {
  const sign = createSigner({ ...SETTINGS, keyFile })
  const raw = sampleMessage().raw()
  const field = await sign(raw)
  expect(await sign(raw)).toBe(field)
  expect(raw.equals(sampleMessage().raw())).toBe(true)
  expect(field).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=example\.org/)
})

test('what the SMTP transport sends verifies on the other side', async () => {
  await using sink = await startSmtpSink()
  await using transport = createSmtpTransport({ url: sink.url, dkim: { ...SETTINGS, keyFile } })
  await transport.send([sampleMessage({ htmlBytes: 27_000 })], new AbortController().signal)
  const { raw = Buffer.alloc(0) } = sink.accepted[0] ?? {}
  expect((await verify(raw)).result).toBe('pass')
  expect(raw.toString().endsWith(sampleMessage({ htmlBytes: 27_000 }).raw().toString())).toBe(true)
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
