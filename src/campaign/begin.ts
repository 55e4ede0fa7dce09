// Ways to begin a campaign: from a template folder, from the starter with its roll call filled in, or as a clone of another.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { slug } from '../core/ids.ts'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import type { RuledStance } from '../congress/stance.ts'
import { parseManifest } from '../message/manifest.ts'
import type { Db } from '../store/connect.ts'
import { currentRevision, findCampaign } from './campaigns.ts'
import { createCampaign } from './create.ts'
import { readTemplateFolder, type TemplateFiles } from './folder.ts'
import { editManifest } from './manifest-edit.ts'
import { copyOverrides } from './overrides.ts'
import { parseSegment } from './segment.ts'

interface Beginning {
  actor: string
  clock: Clock
}

const STARTER = 'starter'

/** Returns the folder of templates, above this file in a checkout and in dist/. */
function templatesFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(path.join(folder, 'templates', STARTER, 'campaign.yaml'))) {
    const parent = path.dirname(folder)
    if (parent === folder) {
      throw new RollcallError('no_templates', 'the folder templates/ is not where the program is', {
        hint: 'install Rollcall with its templates',
      })
    }
    folder = parent
  }
  return path.join(folder, 'templates')
}

/** Returns the names of the template folders and what their campaigns are called. */
export async function listTemplates(): Promise<{ name: string; title: string }[]> {
  const folder = templatesFolder()
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.flatMap((entry) => (entry.isDirectory() && entry.name !== STARTER ? [entry.name] : [])).sort()
  return Promise.all(
    names.map(async (name) => {
      const files = await readTemplateFolder(path.join(folder, name))
      const parsed = parseManifest(files['campaign.yaml'] ?? '')
      return { name, title: parsed.ok ? parsed.manifest.title : name }
    }),
  )
}

/** Makes a campaign from a template folder and returns its id. Throws `no_template` for a name that is none of them. */
export async function beginFromTemplate(db: Db, name: string, title: string, act: Beginning): Promise<string> {
  const templates = await listTemplates()
  if (!templates.some((template) => template.name === name)) {
    throw new RollcallError('no_template', `there is no template "${name}"`, {
      hint: templates.length > 0 ? `there are ${templates.map((each) => each.name).join(', ')}` : 'begin from scratch',
      kind: 'usage',
    })
  }
  const files = await readTemplateFolder(path.join(templatesFolder(), name))
  return createCampaign(db, title === '' ? files : renamed(files, title), act)
}

export interface ScratchWish {
  title: string
  rollCalls: readonly { id: string; stances: Readonly<Record<string, RuledStance>> }[]
  organisation: string
  postalAddress: string
  from: string
  replyTo: string
  listId: string
  listName: string
  website: string
}

/** Makes a campaign from the starter: every part a message needs, about these roll calls. */
export async function beginFromScratch(db: Db, wish: ScratchWish, act: Beginning): Promise<string> {
  const files = await readTemplateFolder(path.join(templatesFolder(), STARTER))
  const chambers = new Set<string>()
  const rollCalls = wish.rollCalls.map(({ id, stances }) => {
    const role = chambers.has(id[0] ?? '') ? 'secondary' : 'primary'
    chambers.add(id[0] ?? '')
    return { id, role, stances }
  })
  const manifest = editManifest(renamed(files, wish.title)['campaign.yaml'] ?? '', [
    { path: ['list', 'id'], value: wish.listId },
    { path: ['list', 'name'], value: wish.listName },
    { path: ['from', 'name'], value: wish.organisation },
    { path: ['from', 'address'], value: wish.from },
    { path: ['replyTo', 'name'], value: wish.organisation },
    { path: ['replyTo', 'address'], value: wish.replyTo },
    { path: ['rollCalls'], value: rollCalls },
    { path: ['organisation', 'name'], value: wish.organisation },
    { path: ['organisation', 'postalAddress'], value: wish.postalAddress },
    { path: ['organisation', 'website'], value: wish.website },
  ])
  return createCampaign(db, { ...files, 'campaign.yaml': manifest }, act)
}

/** Makes a draft with the content, the overrides and the segment of another campaign, whatever has become of that one. */
export async function cloneCampaign(db: Db, from: string, title: string, act: Beginning): Promise<string> {
  const campaign = await findCampaign(db, from)
  const { files } = await currentRevision(db, campaign)
  return db.transaction().execute(async (tx) => {
    const to = await createCampaign(tx, title === '' ? files : renamed(files, title), act)
    await copyOverrides(tx, { from, to }, act)
    const segment = parseSegment(campaign.segment)
    // The clone goes to whom the other one goes; it is a draft, so there is no approval to void.
    if (segment !== null) {
      await tx
        .updateTable('campaign')
        .set({ segment: JSON.stringify(segment) })
        .where('id', '=', to)
        .execute()
    }
    return to
  })
}

/** The name, of which ids are made, follows the title. */
function renamed(files: TemplateFiles, title: string): TemplateFiles {
  const name = slug(title).replace(/^[0-9-]+/, '') || 'campaign'
  const manifest = editManifest(files['campaign.yaml'] ?? '', [
    { path: ['name'], value: name.length < 3 ? `${name}-campaign` : name },
    { path: ['title'], value: title },
  ])
  return { ...files, 'campaign.yaml': manifest }
}
