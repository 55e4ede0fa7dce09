// Signs a finished message with DKIM (RFC 6376), over exactly the headers that bulk mail must have signed.
import { createPrivateKey, sign, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { messageOf, RollcallError } from '../../core/errors.ts'
import { isWireReady } from '../../message/mime/wire-ready.ts'
import { bodyHash, openMessage, relaxedHeaders, relaxedValue } from './dkim-canonical.ts'

export interface DkimSettings {
  /** The `d=` domain: the From domain or a parent of it, so that DMARC aligns. */
  domain: string
  selector: string
  /** Path of a PEM file with an RSA private key. */
  keyFile: string
}

/** Returns the DKIM-Signature field with its CRLF, to stand on top of the message. The same message gives the same one. */
export type Signer = (raw: Buffer) => Promise<string>

/**
 * RFC 8058 section 4 voids one-click unsubscribe unless List-Unsubscribe-Post is signed. Names of absent headers are
 * dropped.
 */
const SIGNED_HEADERS = (
  'from:sender:reply-to:subject:date:message-id:to:cc:mime-version:content-type:content-transfer-encoding:' +
  'list-id:list-unsubscribe:list-unsubscribe-post:list-help:feedback-id'
).split(':')

/** In libuv's thread pool: the signature is the dearest part of a message, and other cores can make it. */
const signAside = promisify(sign)

/** Returns a signer that has read its key; throws RollcallError `bad_dkim` when the key or a name cannot be used. */
export function createSigner({ domain, selector, keyFile }: DkimSettings): Signer {
  if (!/^[a-z0-9.-]+\.[a-z0-9-]+$/i.test(domain)) throw refuse(`the domain "${domain}" is not a domain name`)
  if (!/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(selector))
    throw refuse(`the selector "${selector}" is not a DNS label`)
  const key = readKey(keyFile)
  return async (raw) => {
    const { fields, body } = openMessage(raw)
    const { names, text } = relaxedHeaders(fields, SIGNED_HEADERS)
    // RFC 6376 section 5.4: From must be signed.
    if (!names.includes('from'))
      throw new RollcallError('dkim_failed', `the message could not be signed for ${domain}: it has no From header`)
    const field = unsigned(domain.toLowerCase(), selector, bodyHash(body, isWireReady(raw)), names.join(':'))
    const value = relaxedValue(field.slice(field.indexOf(':') + 1))
    const signature = await signAside('sha256', Buffer.from(`${text}dkim-signature:${value}`, 'latin1'), key)
    return `${field}${inLines(signature.toString('base64'))}\r\n`
  }
}

/** Returns the field up to and with `b=`, folded between its tags: all of it is signed too. */
function unsigned(domain: string, selector: string, bodyHash: string, names: string): string {
  const tags = ['v=1', 'a=rsa-sha256', 'c=relaxed/relaxed', `d=${domain}`, 'q=dns/txt', `s=${selector}`]
  const lines = ['DKIM-Signature:']
  for (const tag of [...tags, `bh=${bodyHash}`, `h=${names}`]) {
    const line = `${lines.at(-1)} ${tag};`
    if (line.length <= 76) lines[lines.length - 1] = line
    else lines.push(` ${tag};`)
  }
  return `${lines.join('\r\n')}\r\n b=`
}

/** Blanks inside the signature do not count (RFC 6376 section 3.5, `b=`). */
function inLines(base64: string): string {
  return base64.replace(/.{73}(?=.)/g, '$&\r\n ')
}

/** Parsed once: reading the PEM anew for each message costs as much as signing. */
function readKey(keyFile: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(keyFile, 'utf8'))
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
    if (key.asymmetricKeyType !== 'rsa' || bits < 1024)
      throw refuse(`the key in ${keyFile} is not an RSA key of 1024 bits or more`)
    return key
  } catch (error) {
    if (error instanceof RollcallError) throw error
    throw refuse(`the key file ${keyFile} cannot be read (${messageOf(error)})`)
  }
}

function refuse(why: string): RollcallError {
  return new RollcallError('bad_dkim', `DKIM cannot be set up: ${why}`, {
    hint: 'give a domain, a selector and a PEM file with an RSA private key of 2048 bits',
    kind: 'usage',
  })
}
