// The frame of every page of one campaign: its name, its state, what comes next, and the pages it has.
import type { Context } from 'hono'
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { CampaignRow } from '../../../campaign/campaigns.ts'
import { CAMPAIGN_PAGES, nextStep, type CampaignPage } from '../../../campaign/next-step.ts'
import type { Desk } from '../desk.ts'
import { showDesk } from '../frame.tsx'
import { Badge } from '../parts/figures.tsx'

const WORDS: Readonly<Record<CampaignPage, string>> = {
  votes: 'Votes',
  compose: 'Compose',
  audience: 'Audience',
  check: 'Check',
  send: 'Send',
  live: 'Live',
  report: 'Report',
}

type FramedCampaign = Pick<CampaignRow, 'id' | 'name' | 'state' | 'launched_at' | 'pause_reason'>

interface CampaignHead {
  campaign: FramedCampaign
  page: CampaignPage
  /** Beside the title. */
  actions?: Child
}

/** Returns the answer: one page of a campaign. */
export function showCampaign(
  c: Context,
  desk: Desk,
  { campaign, page, actions }: CampaignHead,
  body: Child,
  status: 200 | 404 | 409 | 422 = 200,
) {
  return showDesk(
    c,
    desk,
    {
      title: campaign.name,
      section: 'campaigns',
      crumbs: [{ words: 'Campaigns', path: '/campaigns' }],
      ...(actions === undefined ? {} : { actions }),
    },
    <CampaignFrame desk={desk} campaign={campaign} page={page}>
      {body}
    </CampaignFrame>,
    status,
  )
}

/** State, next step and pages of a campaign, and below them the page itself. */
function CampaignFrame({
  desk,
  campaign,
  page,
  children,
}: PropsWithChildren<{ desk: Desk; campaign: FramedCampaign; page: CampaignPage }>) {
  const base = `${desk.root}/campaigns/${campaign.id}`
  return (
    <>
      <Standing desk={desk} campaign={campaign} page={page} />
      <nav class="tabs" aria-label="Pages of this campaign">
        {CAMPAIGN_PAGES.map((each) => (
          <a href={`${base}/${each}`} aria-current={each === page ? 'page' : undefined}>
            {WORDS[each]}
          </a>
        ))}
      </nav>
      <h2 class="unseen">{WORDS[page]}</h2>
      {children}
    </>
  )
}

/** Where the campaign stands and what comes next; a live page puts a new one in its place. */
export function Standing({ desk, campaign, page }: { desk: Desk; campaign: FramedCampaign; page: CampaignPage }) {
  const step = nextStep(campaign)
  return (
    <div class="standing" id="standing">
      <Badge name={campaign.state} />
      <p>
        {campaign.pause_reason === null ? null : <>Paused: {campaign.pause_reason}. </>}
        {step.page === page ? (
          step.sentence
        ) : (
          <a href={`${desk.root}/campaigns/${campaign.id}/${step.page}`}>{step.sentence}</a>
        )}
      </p>
    </div>
  )
}
