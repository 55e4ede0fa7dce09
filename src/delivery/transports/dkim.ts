// Signs a finished message with DKIM (RFC 6376), over exactly the headers that bulk mail must have signed.
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import DKIM from 'nodemailer/lib/dkim'
import { messageOf, RollcallError } from '../../core/errors.ts'

export interface DkimSettings {
  /** The `d=` domain: the From domain or a parent of it, so that DMARC aligns. */
  domain: string
  selector: string
  /** Path of a PEM file with an RSA private key. */
  keyFile: string
}

/** Returns the message with its DKIM-Signature on top. The same message gives the same bytes. */
export type Signer = (raw: Buffer) => Promise<Buffer>

/**
 * Nodemailer's own list lacks List-Unsubscribe-Post, without which RFC 8058 section 4 voids one-click unsubscribe,
 * and Feedback-ID. Names of absent headers are dropped.
 */
const SIGNED_HEADERS =
  'From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:Content-Transfer-Encoding:' +
  'List-Id:List-Unsubscribe:List-Unsubscribe-Post:List-Help:Feedback-ID'

/** Returns a signer that has read its key; throws RollcallError `bad_dkim` when the key or a name cannot be used. */
export function createSigner({ domain, selector, keyFile }: DkimSettings): Signer {
  if (!/^[a-z0-9.-]+\.[a-z0-9-]+$/i.test(domain)) throw refuse(`the domain "${domain}" is not a domain name`)
  if (!/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(selector))
    throw refuse(`the selector "${selector}" is not a DNS label`)
  const privateKey = readKey(keyFile)
  const dkim = new DKIM({ domainName: domain, keySelector: selector, privateKey, headerFieldNames: SIGNED_HEADERS })
  return async (raw) => {
    const signed = await buffer(dkim.sign(raw))
    // Nodemailer sends on unsigned when signing fails.
    if (signed.length <= raw.length)
      throw new RollcallError('dkim_failed', `the message could not be signed for ${domain}`)
    return signed
  }
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
