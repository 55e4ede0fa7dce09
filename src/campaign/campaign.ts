// The states of a campaign: which may follow which, as a table and as a diagram that a test holds equal.
import type { Transitions } from '../core/transition.ts'

export type CampaignState = 'draft' | 'approved' | 'scheduled' | 'sending' | 'paused' | 'finished' | 'cancelled'

export const CAMPAIGN_STATES: readonly CampaignState[] = [
  'draft',
  'approved',
  'scheduled',
  'sending',
  'paused',
  'finished',
  'cancelled',
]

export const CAMPAIGN_MOVES: Transitions<CampaignState> = {
  draft: ['approved', 'cancelled'],
  approved: ['draft', 'scheduled', 'sending', 'cancelled'],
  scheduled: ['draft', 'approved', 'sending', 'cancelled'],
  sending: ['paused', 'finished', 'cancelled'],
  paused: ['sending', 'cancelled'],
  finished: ['sending'],
  cancelled: [],
}

/** The same as a mermaid state diagram, for the documents. */
export const CAMPAIGN_DIAGRAM = `
stateDiagram-v2
  [*] --> draft
  draft --> approved: check passed, somebody put their name to it
  approved --> draft: edited, or a roll call changed
  approved --> scheduled: launch time set
  scheduled --> approved: launch time taken back
  scheduled --> draft: edited
  approved --> sending: launch (the audience is frozen)
  scheduled --> sending: its time has come
  sending --> paused: by a person, or by too many failures
  paused --> sending: resume
  sending --> finished: nothing pending, sending or deferred
  finished --> sending: failed deliveries are retried, doubt is resolved
  draft --> cancelled
  approved --> cancelled
  scheduled --> cancelled
  sending --> cancelled
  paused --> cancelled
`

/** States in which the audience is frozen and the ledger has its rows. */
export const LAUNCHED_STATES: readonly CampaignState[] = ['sending', 'paused', 'finished', 'cancelled']
