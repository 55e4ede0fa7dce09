// Whatever people do to a campaign, in whatever order: it behaves as a small model says (threat T19).
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CampaignState } from '../../src/campaign/campaign.ts'
import { findCampaign } from '../../src/campaign/campaigns.ts'
import {
  approveCampaign,
  cancelCampaign,
  pauseCampaign,
  resumeCampaign,
  scheduleCampaign,
  unscheduleCampaign,
} from '../../src/campaign/control.ts'
import { overrideStance } from '../../src/campaign/create.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { setCampaignSegment } from '../../src/campaign/segments.ts'
import { RollcallError } from '../../src/core/errors.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, addSubscribers, draftCampaign } from '../support/reference-campaign.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  await addSubscribers(store.db, ['97212', '20001', '35203'])
})
afterAll(() => store[Symbol.asyncDispose]())

const PEOPLE = ['tester', 'Ada', 'Grace'] as const
type Who = (typeof PEOPLE)[number]

/** What the campaign should be. */
interface Model {
  state: CampaignState
  authors: Set<Who>
  launches: number
}

interface Step {
  run(id: string, who: Who): Promise<unknown>
  /** The state it leads to; null when it must be refused. */
  next(model: Model, who: Who): CampaignState | null
  isEdit?: boolean
}

const as = (actor: Who) => ({ ...ACT, actor })
const isLaunched = ({ state, launches }: Model) => launches > 0 || state === 'cancelled'
const only = (from: readonly CampaignState[], to: CampaignState) => (model: Model) =>
  from.includes(model.state) ? to : null

const STEPS: Record<string, Step> = {
  segment: {
    run: (id, who) => setCampaignSegment(store.db, id, { states: { not: false, values: ['OR', 'AL'] } }, as(who)),
    next: (model) => (isLaunched(model) ? null : 'draft'),
    isEdit: true,
  },
  override: {
    run: (id, who) =>
      overrideStance(store.db, id, { bioguide: 'M001176', stance: 'neutral', reason: 'said so' }, as(who)),
    next: (model) => (isLaunched(model) ? null : 'draft'),
    isEdit: true,
  },
  approve: {
    run: (id, who) => approveCampaign(store.db, id, [], as(who), { secondPerson: { from: 1, audience: 3 } }),
    next: (model, who) => (model.authors.has(who) ? null : only(['draft', 'approved', 'scheduled'], 'approved')(model)),
  },
  schedule: {
    run: (id, who) => scheduleCampaign(store.db, id, new Date(Date.now() + 600_000), null, as(who)),
    next: only(['approved'], 'scheduled'),
  },
  'take back': {
    run: (id, who) => unscheduleCampaign(store.db, id, 'a second thought', as(who)),
    // Taking back what is not there is no harm.
    next: (model) => (model.state === 'scheduled' ? 'approved' : model.state),
  },
  launch: {
    run: (id, who) => launchCampaign(store.db, id, { ...as(who), expect: null, transports: ['file'] }),
    next: (model) => (isLaunched(model) ? null : only(['approved', 'scheduled'], 'sending')(model)),
  },
  pause: { run: (id, who) => pauseCampaign(store.db, id, 'a doubt', as(who)), next: only(['sending'], 'paused') },
  resume: { run: (id, who) => resumeCampaign(store.db, id, as(who)), next: only(['paused'], 'sending') },
  cancel: {
    run: (id, who) => cancelCampaign(store.db, id, as(who)),
    next: only(['draft', 'approved', 'scheduled', 'sending', 'paused'], 'cancelled'),
  },
}

async function walk(path: readonly (readonly [string, Who])[]): Promise<void> {
  const id = await draftCampaign(store.db)
  const model: Model = { state: 'draft', authors: new Set(['tester']), launches: 0 }
  for (const [name, who] of path) {
    const step = STEPS[name]
    if (step === undefined) throw new Error(`there is no step ${name}`)
    const next = step.next(model, who)
    const refusal = await step.run(id, who).then(
      () => null,
      (error: unknown) => error,
    )
    expect(refusal === null, `${name} by ${who} when ${model.state}: ${String(refusal)}`).toBe(next !== null)
    expect(refusal === null || refusal instanceof RollcallError).toBe(true)
    if (next !== null) {
      model.state = next
      if (step.isEdit) model.authors.add(who)
      if (name === 'launch') model.launches += 1
    }
    const {
      state,
      approved_hash: approval,
      launch_at: launchAt,
      launched_at: launchedAt,
    } = await findCampaign(store.db, id)
    expect(state).toBe(model.state)
    // An edit leaves no approval, a launch time only waits with an approval, and nothing is launched twice.
    expect(state !== 'draft' || approval === null).toBe(true)
    expect(launchAt !== null).toBe(state === 'scheduled')
    expect(launchedAt !== null).toBe(model.launches > 0)
    expect(model.launches).toBeLessThanOrEqual(1)
  }
}

test('T19: any walk over the acts of three people goes as the model says', async () => {
  const step = fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.constantFrom(...PEOPLE))
  const walks = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 18 }), (path) => walk(path))
  await expect(fc.assert(walks, { numRuns: 120 })).resolves.toBeUndefined()
}, 120_000)
