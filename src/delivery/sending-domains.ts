// The domains that we send in the name of, and whether receivers will believe it (mail-rules, section 5).
import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { domainToASCII } from 'node:url'
import type { Config } from '../config/load.ts'
import { messageOf } from '../core/errors.ts'
import type { Names } from './names.ts'
import { checkDkim, checkDmarc, checkMx, checkSpf, isAligned, type DomainCheck, type OwnKey } from './sender-checks.ts'

/** A domain that some campaign writes from. */
export interface FromDomain {
  domain: string
  /** Ids. */
  campaigns: readonly string[]
}

export interface DomainReport {
  domain: string
  /** What it is for, in words. */
  uses: readonly string[]
  checks: readonly DomainCheck[]
}

type SendingSettings = Pick<
  Config,
  | 'ROLLCALL_SENDER'
  | 'ROLLCALL_BOUNCE_DOMAIN'
  | 'ROLLCALL_BASE_URL'
  | 'ROLLCALL_TRANSPORT'
  | 'ROLLCALL_DKIM_DOMAIN'
  | 'ROLLCALL_DKIM_SELECTOR'
  | 'ROLLCALL_DKIM_KEY_FILE'
>

/** Asks the DNS about every domain of the settings and of campaigns, and about nothing else (threat T14). */
export async function checkDomains(
  names: Names,
  settings: SendingSettings,
  fromDomains: readonly FromDomain[],
): Promise<DomainReport[]> {
  const key = await readOwnKey(settings)
  const bounce = plainDomain(settings.ROLLCALL_BOUNCE_DOMAIN)
  const reports = [...usesOf(settings, fromDomains)].map(([domain, uses]) =>
    checkFrom(names, { domain, uses, bounce, key, settings }),
  )
  return await Promise.all([
    ...reports,
    Promise.all([checkSpf(names, bounce), checkMx(names, bounce)]).then((checks) => ({
      domain: bounce,
      uses: ['MAIL FROM of every message, where bounces return to (ROLLCALL_BOUNCE_DOMAIN)'],
      checks,
    })),
  ])
}

function usesOf(
  { ROLLCALL_SENDER: sender }: SendingSettings,
  fromDomains: readonly FromDomain[],
): Map<string, string[]> {
  const uses = new Map([
    [plainDomain(sender.slice(sender.lastIndexOf('@') + 1)), ['From of confirmations and forwards (ROLLCALL_SENDER)']],
  ])
  for (const { domain, campaigns } of fromDomains) {
    const plain = plainDomain(domain)
    const words = `From of ${campaigns.length === 1 ? campaigns[0] : `${campaigns.length} campaigns`}`
    uses.set(plain, [...(uses.get(plain) ?? []), words])
  }
  return uses
}

function plainDomain(domain: string): string {
  return domainToASCII(domain.toLowerCase()) || domain.toLowerCase()
}

interface FromCase {
  domain: string
  uses: readonly string[]
  bounce: string
  /** Null: the mail server signs, or nobody. A string: why ours cannot be read. */
  key: OwnKey | string | null
  settings: SendingSettings
}

async function checkFrom(names: Names, { domain, uses, bounce, key, settings }: FromCase): Promise<DomainReport> {
  const [dmarc, dkim] = await Promise.all([checkDmarc(names, domain), dkimCheck(names, key)])
  return {
    domain,
    uses,
    checks: [
      dkim,
      dmarc.check,
      dkimAlignment(domain, key, dmarc.at),
      spfAlignment(domain, bounce, dmarc.at),
      oneClick(settings, key),
    ],
  }
}

const SIGNER = 'a signature (d=) of the From domain, of one above it or below it'

async function dkimCheck(names: Names, key: OwnKey | string | null): Promise<DomainCheck> {
  if (key === null)
    return {
      name: 'DKIM',
      state: 'unknown',
      found: 'Rollcall does not sign; the mail server or SendGrid may',
      expected: 'a signature on every message',
      fix: 'set ROLLCALL_DKIM_DOMAIN, _SELECTOR and _KEY_FILE, or send a test to yourself and read its DKIM-Signature',
    }
  if (typeof key === 'string')
    return {
      name: 'DKIM',
      state: 'fail',
      found: key,
      expected: 'a PEM file with an RSA key',
      fix: 'correct ROLLCALL_DKIM_KEY_FILE',
    }
  return await checkDkim(names, key)
}

function dkimAlignment(domain: string, key: OwnKey | string | null, dmarcAt: string): DomainCheck {
  const base = { name: 'DKIM alignment', expected: SIGNER } as const
  if (key === null || typeof key === 'string')
    return {
      ...base,
      state: 'unknown',
      found: 'which domain signs cannot be seen from here',
      fix: 'have the mail server sign with d= of the From domain',
    }
  const isFine = isAligned(domain, key.domain, dmarcAt)
  return {
    ...base,
    state: isFine ? 'pass' : 'fail',
    found: `d=${key.domain}`,
    fix: isFine ? '' : `sign with ${domain} (ROLLCALL_DKIM_DOMAIN), or write from an address at ${key.domain}`,
  }
}

function spfAlignment(domain: string, bounce: string, dmarcAt: string): DomainCheck {
  const isFine = isAligned(domain, bounce, dmarcAt)
  return {
    name: 'SPF alignment',
    state: isFine ? 'pass' : 'warning',
    found: `MAIL FROM is at ${bounce}`,
    expected: 'a bounce domain below the From domain',
    fix: isFine ? '' : `set ROLLCALL_BOUNCE_DOMAIN to bounce.${domain}, or rely on DKIM alone for DMARC`,
  }
}

function oneClick({ ROLLCALL_BASE_URL: base }: SendingSettings, key: OwnKey | string | null): DomainCheck {
  const check = {
    name: 'One-click unsubscribe',
    expected: 'an https address, and a signature over List-Unsubscribe-Post (RFC 8058)',
  } as const
  if (!base.startsWith('https:'))
    return {
      ...check,
      state: 'fail',
      found: base,
      fix: 'set ROLLCALL_BASE_URL to an https address: mailbox providers post to nothing else',
    }
  if (key === null || typeof key === 'string')
    return {
      ...check,
      state: 'unknown',
      found: `${base}; who signs List-Unsubscribe-Post cannot be seen from here`,
      fix: 'send a test to yourself: h= of its DKIM-Signature must name list-unsubscribe and list-unsubscribe-post',
    }
  return {
    ...check,
    state: 'pass',
    found: `${base}; Rollcall signs List-Unsubscribe and List-Unsubscribe-Post`,
    fix: '',
  }
}

async function readOwnKey(settings: SendingSettings): Promise<OwnKey | string | null> {
  const { ROLLCALL_DKIM_DOMAIN: domain, ROLLCALL_DKIM_SELECTOR: selector, ROLLCALL_DKIM_KEY_FILE: file } = settings
  if (domain === undefined || selector === undefined || file === undefined) return null
  try {
    const key = createPublicKey(await readFile(file, 'utf8'))
    const publicKey = key.export({ type: 'spki', format: 'der' }).toString('base64')
    return { domain: plainDomain(domain), selector, publicKey, bits: key.asymmetricKeyDetails?.modulusLength ?? 0 }
  } catch (error) {
    return `the key file cannot be read (${messageOf(error)})`
  }
}
