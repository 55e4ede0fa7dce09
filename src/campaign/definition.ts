// A campaign ready to be rendered: manifest, compiled template and facts of its current revision.
import type { RollCallFacts } from '../congress/roll-calls.ts'
import { loadRollCall } from '../congress/roll-calls.ts'
import { RollcallError } from '../core/errors.ts'
import type { CampaignFacts } from '../message/build-view.ts'
import { compileTemplate, type CompiledTemplate } from '../message/compile.ts'
import type { Links } from '../message/links.ts'
import { parseManifest, type Manifest } from '../message/manifest.ts'
import type { MjmlReply } from '../message/mjml-worker.ts'
import type { Problem } from '../message/problem.ts'
import { rollCallView } from '../message/roll-call-view.ts'
import type { Db } from '../store/connect.ts'
import { rememberedConverter } from './converted-mjml.ts'
import { currentRevision, type CampaignRow } from './campaigns.ts'
import { problemLine } from './create.ts'
import type { TemplateFiles } from './folder.ts'

export interface Definition {
  campaignId: string
  revision: number
  files: TemplateFiles
  manifest: Manifest
  template: CompiledTemplate
  facts: CampaignFacts
}

type DefinitionResult = { ok: true; definition: Definition } | { ok: false; problems: Problem[] }

/** Returns the definition of a campaign's current revision, or every problem of its files. */
export async function tryDefinition(db: Db, campaign: CampaignRow, links: Links): Promise<DefinitionResult> {
  const { revision, files } = await currentRevision(db, campaign)
  return defineFiles(db, { campaignId: campaign.id, revision, files }, links, rememberedConverter(db))
}

/** Returns the definition that these files make, saved or not, or every problem of them. Throws `unknown_roll_call`. */
export async function defineFiles(
  db: Db,
  { campaignId, revision, files }: Pick<Definition, 'campaignId' | 'revision' | 'files'>,
  links: Links,
  toHtml: (mjml: string) => Promise<MjmlReply>,
): Promise<DefinitionResult> {
  const parsed = parseManifest(files['campaign.yaml'] ?? '')
  if (!parsed.ok) return parsed
  const { manifest } = parsed
  const compiled = await compileTemplate(files, manifest, toHtml)
  if (!compiled.ok) return compiled
  const rollCalls = await Promise.all(manifest.rollCalls.map(({ id }) => loadRollCall(db, id)))
  const facts = campaignFacts(campaignId, manifest, rollCalls, links)
  return { ok: true, definition: { campaignId, revision, files, manifest, template: compiled.template, facts } }
}

/** Returns the definition of a campaign's current revision. Throws `bad_template` with every problem of the template. */
export async function loadDefinition(db: Db, campaign: CampaignRow, links: Links): Promise<Definition> {
  const result = await tryDefinition(db, campaign, links)
  if (result.ok) return result.definition
  throw new RollcallError(
    'bad_template',
    `the template of campaign ${campaign.id} does not compile:\n${result.problems.map(problemLine).join('\n')}`,
    {
      hint: `rollcall campaign check ${campaign.id} lists everything`,
    },
  )
}

/** Returns the facts that every message of the campaign shares. */
function campaignFacts(
  id: string,
  manifest: Manifest,
  rollCalls: readonly RollCallFacts[],
  links: Links,
): CampaignFacts {
  const primary = manifest.rollCalls.filter((rule) => rule.role === 'primary').map((rule) => rule.id)
  const viewOf = (chamber: 'house' | 'senate') => {
    const found = rollCalls.find((each) => each.chamber === chamber && primary.includes(each.id))
    return found ? rollCallView(found) : null
  }
  return { id, manifest, rollCalls: { house: viewOf('house'), senate: viewOf('senate') }, lookupUrl: links.lookup(id) }
}
