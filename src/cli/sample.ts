// The reference campaign, loaded: what the demo sends and what a first look at the console finds.
import path from 'node:path'
import { importSubscribers } from '../audience/import-csv.ts'
import { createCampaign } from '../campaign/create.ts'
import { readTemplateFolder } from '../campaign/folder.ts'
import { loadZipKnowledge } from '../campaign/zip-knowledge.ts'
import type { App } from '../compose.ts'
import { loadReference } from '../congress/reference.ts'
import { packageRoot } from './package-root.ts'
import type { Terminal } from './terminal.ts'

/** Whose acts these are: nobody's on the team, so anybody may approve the campaign. */
const SAMPLE_ACTOR = 'rollcall'

interface Stage {
  app: App
  terminal: Pick<Terminal, 'note'>
}

/** Loads the 115th Congress, its two roll calls and the country's ZIP codes, unless they are there. */
export async function loadSampleCongress({ app, terminal }: Stage): Promise<void> {
  const { rollCalls, changed } = await loadReference(app.db, inPackage('fixtures/congress-115'), app.clock)
  terminal.note(`115th Congress: ${changed ? 'loaded' : 'already there'}; roll calls ${rollCalls.join(', ')}`)
}

/** Imports the made-up list; people who are there already stay as they are. */
export async function loadSampleSubscribers({ app, terminal }: Stage): Promise<void> {
  const file = inPackage('fixtures/subscribers/sample.csv')
  const deps = { addressKeyKey: app.addressKey, clock: app.clock, knownZip: await loadZipKnowledge(app.db) }
  const report = await importSubscribers(app.db, { path: file }, { source: 'sample list' }, deps)
  terminal.note(
    `subscribers: ${report.rows} rows, ${report.added} added, ${report.unchanged} unchanged, ${report.rejected} rejected`,
  )
}

/** Makes a draft of the reference campaign and returns its id. */
export async function createSampleCampaign({ app }: Pick<Stage, 'app'>): Promise<string> {
  const files = await readTemplateFolder(inPackage('templates/dream-act-2017'))
  return await createCampaign(app.db, files, { actor: SAMPLE_ACTOR, clock: app.clock })
}

/** Loads all of it into a database that has no campaign yet; anything else is left alone. */
export async function loadSample(stage: Stage): Promise<void> {
  // Any campaign at all.
  const { db } = stage.app
  if ((await db.selectFrom('campaign').select('id').limit(1).executeTakeFirst()) !== undefined) return
  await loadSampleCongress(stage)
  await loadSampleSubscribers(stage)
  stage.terminal.note(`campaign ${await createSampleCampaign(stage)}: a draft, to be checked, approved and launched`)
}

function inPackage(place: string): string {
  return path.join(packageRoot(), place)
}
