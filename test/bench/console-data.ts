// A database as large as the console has to be quick with: a million subscribers, a campaign that went to all of them, and what came back.
import path from 'node:path'
import { sql } from 'kysely'
import { approveCampaign } from '../../src/campaign/control.ts'
import { createCampaign } from '../../src/campaign/create.ts'
import { readTemplateFolder } from '../../src/campaign/folder.ts'
import type { App } from '../../src/compose.ts'
import { loadReference } from '../../src/congress/reference.ts'
import { FAMILY, GIVEN } from '../../fixtures/subscribers/names.ts'
import { ROOT } from './root.ts'

export interface LargeData {
  /** Sent to everybody, finished. */
  finished: string
  /** A draft that everybody would get. */
  draft: string
  subscriberId: string
  /** Hex of the keyed hash of that subscriber's address. */
  addressKey: string
}

/** Fills an empty database; `note` hears of each step. */
export async function fillDatabase(app: App, people: number, note: (words: string) => void): Promise<LargeData> {
  const { db, clock } = app
  await loadReference(db, path.join(ROOT, 'fixtures/congress-115'), clock)
  note(`${people} subscribers`)
  await addPeople(app, people)
  const files = await readTemplateFolder(path.join(ROOT, 'templates/dream-act-2017'))
  const act = { actor: 'benchmark', clock }
  const finished = await createCampaign(db, files, act)
  await approveCampaign(db, finished, [], act)
  note('a campaign to all of them')
  await app.launch(finished, { expect: null, actor: 'benchmark', canary: false })
  await settle(app, finished)
  const draft = await createCampaign(db, files, act)
  note('ANALYZE')
  await sql`ANALYZE`.execute(db)
  const one = await db
    .selectFrom('subscriber')
    .select(['id', 'address_key'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  return { finished, draft, subscriberId: one.id, addressKey: one.address_key.toString('hex') }
}

async function addPeople({ db }: App, people: number): Promise<void> {
  // People of many names in the ZIPs of the whole map, joined over two years.
  await sql`
    WITH zips AS (SELECT array_agg(DISTINCT zip::text) AS list FROM zip_seat)
    INSERT INTO subscriber (address, address_key, domain, first_name, last_name, zip, created_at, updated_at)
    SELECT lower(given) || '.' || lower(family) || '.' || n || '@' || domain, sha256(('a' || n)::bytea), domain, given, family,
      zips.list[1 + n % array_length(zips.list, 1)], now() - make_interval(mins => n), now()
    FROM zips, generate_series(1, ${people}::int) AS n,
      LATERAL (SELECT (${[...GIVEN]}::text[])[1 + n % ${GIVEN.length}] AS given, (${[...FAMILY]}::text[])[1 + (n / 7) % ${FAMILY.length}] AS family,
        (ARRAY['gmail.com', 'yahoo.com', 'outlook.com', 'example.org', 'post.example'])[1 + n % 5] AS domain) AS names`.execute(
    db,
  )
  // One consent each, and one in fifty has left.
  await sql`
    INSERT INTO consent_event (address_key, act, basis, at) SELECT address_key, 'subscribed', 'form', created_at FROM subscriber`.execute(
    db,
  )
  await sql`
    WITH gone AS (
      INSERT INTO suppression (address_key, reason, channel, set_by, set_at)
      SELECT address_key, (ARRAY['unsubscribe', 'hard_bounce', 'complaint'])[1 + id % 3], (ARRAY['one_click', 'bounce', 'complaint'])[1 + id % 3], 'subscriber', now() - make_interval(mins => id::int)
      FROM subscriber WHERE id % 50 = 0 RETURNING address_key, reason, set_at
    )
    INSERT INTO opt_out (address_key, channel, requested_at, effective_at)
    SELECT address_key, 'one_click', set_at, set_at + interval '3 milliseconds' FROM gone WHERE reason = 'unsubscribe'`.execute(
    db,
  )
}

/** Everything was sent, but for what was not: one in two hundred bounced, one in a thousand failed. */
async function settle({ db }: App, campaignId: string): Promise<void> {
  await sql`
    UPDATE delivery SET state = CASE WHEN id % 200 = 0 THEN 'bounced' WHEN id % 1000 = 1 THEN 'failed' ELSE 'sent' END,
      reason = CASE WHEN id % 200 = 0 THEN 'no_mailbox' WHEN id % 1000 = 1 THEN 'refused' END,
      attempt = 1, next_at = NULL, transport = 'file', message_id = '<' || id || '@example.org>',
      sent_at = CASE WHEN id % 200 = 0 OR id % 1000 = 1 THEN NULL ELSE now() - make_interval(secs => (id % 600)::int) END, updated_at = now()
    WHERE campaign_id = ${campaignId} AND state = 'pending'`.execute(db)
  await sql`
    INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, reply_code, reply_text, sentence, started_at, ended_at)
    SELECT campaign_id, id, 1, 1, 'file', state, CASE state WHEN 'sent' THEN 250 ELSE 550 END, '', 'the server answered', now(), now() - make_interval(secs => (id % 600)::int)
    FROM delivery WHERE campaign_id = ${campaignId} AND state IN ('sent', 'bounced', 'failed') ORDER BY id % 600 DESC`.execute(
    db,
  )
  await sql`UPDATE campaign SET state = 'finished', finished_at = now() WHERE id = ${campaignId}`.execute(db)
}
