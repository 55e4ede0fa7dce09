// The reference campaign on a test database: subscribers, template, approval, as a person would make them.
import path from 'node:path'
import { sql } from 'kysely'
import type { Sender } from '../../src/campaign/composer.ts'
import { approveCampaign } from '../../src/campaign/control.ts'
import { createCampaign } from '../../src/campaign/create.ts'
import { readTemplateFolder, type TemplateFiles } from '../../src/campaign/folder.ts'
import { addressKey } from '../../src/core/address.ts'
import { systemClock } from '../../src/core/clock.ts'
import { deriveKey, tokenKeys } from '../../src/core/token.ts'
import { createLinks } from '../../src/message/links.ts'
import type { Db } from '../../src/store/connect.ts'

export const SECRET = 'a secret that only tests know'
const ADDRESS_KEY = deriveKey(SECRET, 'rollcall address key v1')
export const TEMPLATE = path.resolve(import.meta.dirname, '../../templates/dream-act-2017')
export const ACT = { actor: 'tester', clock: systemClock }

export const SENDER: Sender = {
  links: createLinks('https://alerts.rollcall.example', tokenKeys(SECRET)),
  messageKey: deriveKey(SECRET, 'rollcall message id v1'),
  bounceDomain: 'bounce.rollcall.example',
}

/** Returns the key of an address that is written in lower case already. */
export function keyOf(address: string): Buffer {
  return addressKey(ADDRESS_KEY, address)
}

/** Adds one subscriber for each ZIP (null: unknown) and returns their addresses, in order. */
export async function addSubscribers(db: Db, zips: readonly (string | null)[], label = 'person'): Promise<string[]> {
  const addresses = zips.map((_, index) => `${label}${index}@example.org`)
  await sql`
    INSERT INTO subscriber (address, address_key, domain, first_name, last_name, zip, created_at, updated_at)
    SELECT address, key, 'example.org', 'Sam', 'Sample', zip, now(), now()
    FROM unnest(${addresses}::text[], ${addresses.map(keyOf)}::bytea[], ${[...zips]}::text[]) AS given (address, key, zip)`.execute(
    db,
  )
  return addresses
}

/** Returns the files of the reference campaign, some of them changed. */
async function referenceFiles(change: (files: TemplateFiles) => void = () => undefined): Promise<TemplateFiles> {
  const files = await readTemplateFolder(TEMPLATE)
  change(files)
  return files
}

/** Returns a changed text, and fails when the change changes nothing. */
export function replaced(text: string | undefined, from: string | RegExp, to: string): string {
  const result = (text ?? '').replace(from, to)
  if (result === text) throw new Error(`nothing in the text matches ${String(from)}`)
  return result
}

/** Returns the id of a draft of the reference campaign. */
export async function draftCampaign(db: Db, change?: (files: TemplateFiles) => void): Promise<string> {
  return createCampaign(db, await referenceFiles(change), ACT)
}

/** Returns the id of the reference campaign, approved; its check has tests of its own. */
export async function approvedCampaign(db: Db, change?: (files: TemplateFiles) => void): Promise<string> {
  const id = await draftCampaign(db, change)
  await approveCampaign(db, id, [], ACT)
  return id
}
