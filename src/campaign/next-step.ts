// What a campaign waits for, by its state: the sentence above every page of it, and the page where it happens.
import type { CampaignState } from './campaign.ts'

/** The pages of a campaign, in the order of the work. */
export const CAMPAIGN_PAGES = ['votes', 'compose', 'audience', 'check', 'send', 'live', 'report'] as const
export type CampaignPage = (typeof CAMPAIGN_PAGES)[number]

interface NextStep {
  sentence: string
  page: CampaignPage
}

const STEPS: Readonly<Record<CampaignState, NextStep>> = {
  draft: { sentence: 'Next: write it, run the check, and have somebody approve it.', page: 'compose' },
  approved: { sentence: 'Approved. Next: launch it, or set the time for it.', page: 'send' },
  scheduled: { sentence: 'It launches at the set time, as long as a worker runs.', page: 'send' },
  sending: { sentence: 'It is on its way. Watch it, and pause it when something is wrong.', page: 'live' },
  paused: { sentence: 'It stands still. Find out why, then resume or cancel it.', page: 'live' },
  finished: { sentence: 'Everything has been tried. Look at what became of it.', page: 'report' },
  cancelled: { sentence: 'It was cancelled. What had gone out is in the report.', page: 'report' },
}

/** Returns what comes next. A campaign cancelled before its launch has sent nothing to anybody. */
export function nextStep({ state, launched_at }: { state: CampaignState; launched_at: Date | null }): NextStep {
  if (state === 'cancelled' && launched_at === null) {
    return { sentence: 'It was cancelled before anything was sent. Clone it to begin again.', page: 'compose' }
  }
  return STEPS[state]
}
