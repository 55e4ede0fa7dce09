// Previews of text that is not saved, by the renderer of the send: for a ZIP, a person, or one of the audience's combinations.
import type { Clock } from '../core/clock.ts'
import { messageOf, RollcallError } from '../core/errors.ts'
import type { Problem } from '../message/problem.ts'
import type { Db } from '../store/connect.ts'
import type { CampaignRow } from './campaigns.ts'
import type { Combination, CombinationCounter } from './combinations.ts'
import type { Sender } from './composer.ts'
import { defineFiles } from './definition.ts'
import type { DraftConverter } from './draft-converter.ts'
import type { TemplateFiles } from './folder.ts'
import { previewDefinition, type Preview, type Previewer } from './preview.ts'
import { parseSegment } from './segment.ts'

/** Whose message is wanted. */
export type PreviewWish =
  | { kind: 'zip'; zip: string | null }
  | { kind: 'person'; addressKey: Buffer }
  /** The combination of the audience with this number, the commonest first. */
  | { kind: 'combination'; number: number }

export type DraftPreview =
  | { ok: true; preview: Preview; combinations: Combination[]; problems: readonly Problem[] }
  | { ok: false; problems: readonly Problem[] }

interface Making {
  db: Db
  sender: Sender
  clock: Clock
  convert: DraftConverter
  counter: CombinationCounter
}

/** Returns the message these files make for whom it is wished, or what is wrong with them. Nothing is stored. */
export async function previewDraft(
  { db, sender, clock, convert, counter }: Making,
  campaign: CampaignRow,
  files: TemplateFiles,
  wish: PreviewWish,
): Promise<DraftPreview> {
  try {
    const draft = { campaignId: campaign.id, revision: campaign.revision, files }
    const result = await defineFiles(db, draft, sender.links, (source) => convert(db, source))
    if (!result.ok) return result
    const { definition } = result
    const previewer = await previewDefinition(db, { campaign, definition }, sender, clock)
    const combinations =
      wish.kind === 'combination'
        ? await counter.combinationsOf(db, previewer.matcher, definition.manifest, parseSegment(campaign.segment))
        : []
    const preview = await fulfil(previewer, wish, combinations)
    return { ok: true, preview, combinations, problems: definition.template.fullRender }
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    return { ok: false, problems: [problemOf(error)] }
  }
}

async function fulfil(previewer: Previewer, wish: PreviewWish, combinations: Combination[]): Promise<Preview> {
  if (wish.kind === 'zip') return previewer.forZip(wish.zip)
  if (wish.kind === 'person') return previewer.forSubscriber(wish.addressKey)
  const chosen = combinations[wish.number] ?? combinations[0]
  return chosen === undefined ? previewer.forZip(null) : previewer.forMatch(chosen.match)
}

function problemOf(error: RollcallError): Problem {
  return {
    severity: 'error',
    code: error.code,
    message: messageOf(error),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  }
}
