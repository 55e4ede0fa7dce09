// A campaign from a template folder, and its next revisions: what is refused, and what an edit voids.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { currentRevision, findCampaign } from '../../src/campaign/campaigns.ts'
import { campaignEvents, scheduleCampaign } from '../../src/campaign/control.ts'
import { createCampaign, overrideStance, updateCampaign } from '../../src/campaign/create.ts'
import { readTemplateFolder, type TemplateFiles } from '../../src/campaign/folder.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import {
  ACT,
  TEMPLATE,
  addSubscribers,
  approvedCampaign,
  draftCampaign,
  replaced,
} from '../support/reference-campaign.ts'

let store: Store
let files: TemplateFiles
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  files = await readTemplateFolder(TEMPLATE)
})
afterAll(() => store[Symbol.asyncDispose]())

function manifestWith(from: string | RegExp, to: string): TemplateFiles {
  return { ...files, 'campaign.yaml': replaced(files['campaign.yaml'], from, to) }
}

/** The line of the manifest that begins with these words, 1-based. */
function lineOf(manifest: string | undefined, start: string): number {
  return (manifest ?? '').split('\n').findIndex((line) => line.trimStart().startsWith(start)) + 1
}

async function campaigns(): Promise<number> {
  const row = await store.db
    .selectFrom('campaign')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

test('a new campaign is a draft of revision 1 with the rules of its manifest', async () => {
  const id = await draftCampaign(store.db)
  expect(id).toMatch(/^dream-act-2017-[a-z0-9]{4}$/)
  expect(await findCampaign(store.db, id)).toMatchObject({ state: 'draft', revision: 1, approved_by: null })
  const rules = await store.db
    .selectFrom('stance_rule')
    .select(['roll_call_id', 'option', 'stance'])
    .where('campaign_id', '=', id)
    .orderBy('roll_call_id')
    .orderBy('option')
    .execute()
  expect(rules.map((rule) => `${rule.roll_call_id} ${rule.option} ${rule.stance}`)).toEqual(
    ['h708-115.2017', 's325-115.2017'].flatMap((rollCall) => [
      `${rollCall} nay champion`,
      `${rollCall} not_voting absent`,
      `${rollCall} present neutral`,
      `${rollCall} yea opponent`,
    ]),
  )
})

test('a roll call that is not imported is refused by its id, and nothing is left of the campaign', async () => {
  const before = await campaigns()
  await expect(createCampaign(store.db, manifestWith('h708-115.2017', 'h999-115.2017'), ACT)).rejects.toMatchObject({
    code: 'no_roll_call',
    kind: 'usage',
    message: 'roll call h999-115.2017 is not imported',
  })
  expect(await campaigns()).toBe(before)
})

test('two primary roll calls of one chamber are refused, both named', async () => {
  await sql`
    INSERT INTO roll_call (id, chamber, congress, session, number, held_at, question, vote_type, result, official_totals, content_sha256, source_id)
    SELECT 'h707-115.2017', chamber, congress, session, 707, held_at, question, vote_type, result, official_totals, content_sha256, source_id
    FROM roll_call WHERE id = 'h708-115.2017'`.execute(store.db)
  const second = '  - id: h707-115.2017\n    role: primary\n    stances: { nay: champion, yea: opponent }\n'
  const both = manifestWith(/^rollCalls:\n/m, `rollCalls:\n${second}`)
  await expect(createCampaign(store.db, both, ACT)).rejects.toMatchObject({
    code: 'two_primaries',
    message: 'h707-115.2017 and h708-115.2017 are both primary roll calls of the house',
  })
  const other = { ...both, 'campaign.yaml': replaced(both['campaign.yaml'], 'role: primary', 'role: secondary') }
  await expect(createCampaign(store.db, other, ACT)).resolves.toMatch(/^dream-act-2017-/)
})

test('a broken manifest is refused with every problem and its line', async () => {
  const broken = manifestWith(/^callOn: .*$/m, 'callOn: tomorrow\nhotlin: { number: 1-855-980-2355 }')
  const manifest = replaced(broken['campaign.yaml'], /^  url: https:/m, '  url: javascript:')
  const error = await createCampaign(store.db, { ...broken, 'campaign.yaml': manifest }, ACT).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'bad_manifest', kind: 'usage' })
  const lines = (error as Error).message.split('\n')
  expect(lines).toContainEqual(expect.stringMatching(`^campaign.yaml:${lineOf(manifest, 'callOn: tomorrow')}:1 callOn`))
  expect(lines).toContainEqual(expect.stringMatching(`^campaign.yaml:${lineOf(manifest, 'hotlin:')}:1 .*hotline`))
  expect(lines).toContainEqual(
    expect.stringMatching(`^campaign.yaml:${lineOf(manifest, 'url: javascript:')}:3 donation.url: .*https`),
  )
  expect(lines).toHaveLength(3)
})

test('a manifest that is no YAML is refused with the line where it breaks', async () => {
  const broken = manifestWith(/^labels:$/m, 'labels: [')
  await expect(createCampaign(store.db, broken, ACT)).rejects.toMatchObject({
    code: 'bad_manifest',
    message: expect.stringMatching(/^campaign\.yaml:\d+:\d+ /),
  })
})

test('a folder without a body is refused with the name of the file', async () => {
  await expect(readTemplateFolder(import.meta.dirname)).rejects.toMatchObject({ code: 'bad_template_folder' })
  await expect(readTemplateFolder(`${TEMPLATE}/no-such`)).rejects.toMatchObject({ code: 'no_template', kind: 'usage' })
})

test('T19: an update voids the approval and the launch time, and keeps the earlier revision', async () => {
  const id = await approvedCampaign(store.db)
  await scheduleCampaign(store.db, id, new Date(Date.now() + 3_600_000), 3, ACT)
  expect(await updateCampaign(store.db, id, manifestWith(/^title: .*$/m, 'title: Another title'), ACT)).toBe(2)
  const campaign = await findCampaign(store.db, id)
  expect(campaign).toMatchObject({
    name: 'Another title',
    state: 'draft',
    approved_at: null,
    approved_by: null,
    approved_hash: null,
    launch_at: null,
    launch_expect: null,
  })
  expect((await currentRevision(store.db, campaign)).files['campaign.yaml']).toContain('title: Another title')
  expect((await currentRevision(store.db, { id, revision: 1 })).files).toEqual(files)
})

test('an update that is refused leaves content and approval as they were', async () => {
  const id = await approvedCampaign(store.db)
  const before = await findCampaign(store.db, id)
  await expect(updateCampaign(store.db, id, manifestWith('s325-115.2017', 's999-115.2017'), ACT)).rejects.toMatchObject(
    { code: 'no_roll_call' },
  )
  expect(await findCampaign(store.db, id)).toEqual(before)
})

test('T19: what is launched is neither updated nor overridden', async () => {
  await addSubscribers(store.db, ['97212'])
  const id = await approvedCampaign(store.db)
  await launchCampaign(store.db, id, { ...ACT, expect: 1, transports: ['file'] })
  await expect(updateCampaign(store.db, id, files, ACT)).rejects.toMatchObject({ code: 'already_launched' })
  const override = { bioguide: 'W000779', stance: 'neutral' as const, reason: 'late' }
  await expect(overrideStance(store.db, id, override, ACT)).rejects.toMatchObject({ code: 'already_launched' })
})

test('an override of somebody unknown is refused; a second one replaces the first and both are in the log', async () => {
  const id = await draftCampaign(store.db)
  const override = { bioguide: 'W000779', stance: 'neutral' as const, reason: 'asked us' }
  await expect(overrideStance(store.db, id, { ...override, bioguide: 'X000000' }, ACT)).rejects.toMatchObject({
    code: 'no_legislator',
    message: expect.stringContaining('"X000000"'),
  })
  await overrideStance(store.db, id, override, ACT)
  await overrideStance(store.db, id, { ...override, stance: 'absent', reason: 'was ill' }, ACT)
  const kept = await store.db.selectFrom('stance_override').selectAll().where('campaign_id', '=', id).execute()
  expect(kept).toMatchObject([{ stance: 'absent', reason: 'was ill', set_by: 'tester' }])
  const log = await campaignEvents(store.db, id)
  expect(log.map(({ act }) => act)).toEqual(['created', 'override', 'override'])
  expect(log[1]?.detail).toMatchObject({ reason: 'asked us' })
})

test('a campaign that is not there is refused with the ids that look like it', async () => {
  const id = await draftCampaign(store.db)
  await expect(findCampaign(store.db, 'dream-act-2018')).rejects.toMatchObject({
    code: 'no_campaign',
    hint: expect.stringContaining('dream-act-2017-'),
  })
  await expect(findCampaign(store.db, `${id}x`)).rejects.toMatchObject({ kind: 'usage' })
  await expect(findCampaign(store.db, 'zebra')).rejects.toMatchObject({
    hint: expect.stringContaining('campaign list'),
  })
})
