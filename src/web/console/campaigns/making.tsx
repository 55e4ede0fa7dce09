// The pages of making a campaign, and the way from its bare address to the page that fits its state.
import { findCampaign } from '../../../campaign/campaigns.ts'
import { nextStep } from '../../../campaign/next-step.ts'
import type { Console } from '../console.ts'
import { redirectTo } from '../redirect.ts'
import { checkPages } from './check.tsx'
import { composePages } from './compose.tsx'
import { revisionPages } from './compose-revisions.tsx'
import { listPages } from './list.tsx'
import { newPages } from './new.tsx'
import { previewPages } from './preview.tsx'
import { votesPages } from './votes.tsx'

/** Adds everything up to the send. Fixed paths come before those with an id. */
export function makingPages(console: Console): void {
  listPages(console)
  newPages(console)
  console.get('/campaigns/:id', 'campaigns.read', async (c, desk) => {
    const campaign = await findCampaign(desk.site.db, c.req.param('id') ?? '')
    return redirectTo(c, desk, `/campaigns/${campaign.id}/${nextStep(campaign).page}`)
  })
  votesPages(console)
  composePages(console)
  revisionPages(console)
  previewPages(console)
  checkPages(console)
}
