// The domains that campaigns write from, as their manifests say.
import { sql } from 'kysely'
import { parseManifest } from '../message/manifest.ts'
import type { Db } from '../store/connect.ts'

const NEWEST = 100

/** Returns each domain once, with the ids of its campaigns: of the newest ones that are not cancelled. */
export async function fromDomains(db: Db): Promise<{ domain: string; campaigns: string[] }[]> {
  // from_domains: the manifests of the newest campaigns.
  const { rows } = await sql<{ id: string; manifest: string | null }>`
    SELECT c.id, r.files->>'campaign.yaml' AS manifest
    FROM (SELECT id, revision FROM campaign WHERE state <> 'cancelled' ORDER BY created_at DESC, id DESC LIMIT ${NEWEST}) AS c
    JOIN campaign_revision r ON r.campaign_id = c.id AND r.revision = c.revision`.execute(db)
  const campaigns = new Map<string, string[]>()
  for (const { id, manifest } of rows) {
    const parsed = parseManifest(manifest ?? '')
    if (!parsed.ok) continue // its check says what is wrong with it
    const { address } = parsed.manifest.from
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
    campaigns.set(domain, [...(campaigns.get(domain) ?? []), id])
  }
  return [...campaigns].map(([domain, ids]) => ({ domain, campaigns: ids }))
}
