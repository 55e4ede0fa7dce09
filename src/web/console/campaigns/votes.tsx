// The votes of a campaign: roll calls and tallies, what each option means, who is judged by hand, who stands out, which seats were empty.
import type { Context } from 'hono'
import type { Child } from 'hono/jsx'
import { findCampaign, type CampaignRow, currentRevision } from '../../../campaign/campaigns.ts'
import { overrideStance } from '../../../campaign/create.ts'
import { listOverrides, takeBackOverride, type Override } from '../../../campaign/overrides.ts'
import { findRollCalls, usualStances } from '../../../campaign/roll-call-choices.ts'
import { changeRules, type RuleChange } from '../../../campaign/rule-edit.ts'
import { saveDraft, voidsApproval } from '../../../campaign/save-draft.ts'
import { problemLine } from '../../../campaign/create.ts'
import { campaignVotes, legislatorsOf, type CampaignVotes } from '../../../campaign/votes.ts'
import { LAUNCHED_STATES } from '../../../campaign/campaign.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { RuledStance } from '../../../congress/stance.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done } from '../frame.tsx'
import { showCampaign } from './frame.tsx'
import { AddRollCall, Overrides, Standouts, VoteSheet } from './votes-parts.tsx'

const STANCES: readonly RuledStance[] = ['champion', 'opponent', 'neutral', 'absent']

/** Adds the page and its acts. */
export function votesPages(console: Console): void {
  console.get('/campaigns/:id/votes', 'campaigns.read', (c, desk) => showVotes(c, desk))

  console.post('/campaigns/:id/votes/stances', 'campaigns.write', async (c, desk, form) => {
    const stances = Object.fromEntries(
      Object.entries(form).flatMap(([name, value]) => {
        const stance = STANCES.find((each) => each === value)
        return name.startsWith('option.') && stance ? [[name.slice('option.'.length), stance] as const] : []
      }),
    )
    const change = { kind: 'stances', rollCallId: form['rollCall'] ?? '', stances } as const
    return applyChange(c, desk, form, change, 'What the options mean is changed.')
  })
  console.post('/campaigns/:id/votes/add', 'campaigns.write', async (c, desk, form) => {
    const rollCallId = (form['rollCall'] ?? '').trim()
    const role = form['role'] === 'secondary' ? 'secondary' : 'primary'
    return orShow(c, desk, form, async () => {
      const stances = await usualStances(desk.site.db, rollCallId, form['good'] ?? '')
      return applyChange(c, desk, form, { kind: 'add', rollCallId, role, stances }, `Roll call ${rollCallId} is added.`)
    })
  })
  console.post('/campaigns/:id/votes/remove', 'campaigns.write', (c, desk, form) => {
    const rollCallId = form['rollCall'] ?? ''
    return applyChange(c, desk, form, { kind: 'remove', rollCallId }, `Roll call ${rollCallId} is taken out.`)
  })
  console.post('/campaigns/:id/votes/primary', 'campaigns.write', (c, desk, form) => {
    const rollCallId = form['rollCall'] ?? ''
    return applyChange(
      c,
      desk,
      form,
      { kind: 'primary', rollCallId },
      `Roll call ${rollCallId} decides for its chamber.`,
    )
  })

  console.post('/campaigns/:id/votes/override', 'campaigns.write', (c, desk, form) =>
    orShow(c, desk, form, async () => {
      const { site, actor } = desk
      const id = c.req.param('id') ?? ''
      const reason = (form['reason'] ?? '').trim()
      const stance = STANCES.find((each) => each === form['stance'])
      const bioguide = /\b[A-Z]\d{6}\b/.exec(form['legislator'] ?? '')?.[0] ?? (form['legislator'] ?? '').trim()
      if (reason === '' || stance === undefined) {
        throw new RollcallError('no_reason', 'an override needs a reason', {
          hint: 'say why the vote is not the whole truth about this legislator',
          kind: 'usage',
        })
      }
      await overrideStance(site.db, id, { bioguide, stance, reason }, { actor, clock: site.clock })
      return done(c, desk, `/campaigns/${id}/votes`, 'The override is set.')
    }),
  )
  console.post('/campaigns/:id/votes/take-back', 'campaigns.write', (c, desk, form) =>
    orShow(c, desk, form, async () => {
      const { site, actor } = desk
      const id = c.req.param('id') ?? ''
      await takeBackOverride(site.db, id, form['bioguide'] ?? '', { actor, clock: site.clock })
      return done(c, desk, `/campaigns/${id}/votes`, 'The override is taken back: the rules decide again.')
    }),
  )
}

/** Applies a change of the rules to the revision that was looked at. */
async function applyChange(c: Context, desk: Desk, form: FormFields, change: RuleChange, sentence: string) {
  return orShow(c, desk, form, async () => {
    const { site, actor } = desk
    const campaign = await findCampaign(site.db, c.req.param('id') ?? '')
    const { files, revision } = await currentRevision(site.db, campaign)
    const basedOn = Number(form['revision'])
    const manifest = changeRules(files['campaign.yaml'] ?? '', change)
    const result = await saveDraft(
      site.db,
      campaign.id,
      { ...files, 'campaign.yaml': manifest },
      { actor, clock: site.clock, basedOn: Number.isInteger(basedOn) ? basedOn : revision },
    )
    const path = `/campaigns/${campaign.id}/votes`
    if (result.kind === 'saved') {
      const voided = result.voidsApproval ? ' The approval is void.' : ''
      return done(c, desk, path, `${sentence} This is revision ${result.revision}.${voided}`)
    }
    if (result.kind === 'unchanged') return done(c, desk, path, 'Nothing has changed.')
    if (result.kind === 'refused') {
      throw new RollcallError('bad_manifest', result.problems.map(problemLine).join('\n'), { kind: 'usage' })
    }
    throw new RollcallError('stale_revision', `${result.author ?? 'somebody'} has changed the campaign meanwhile`, {
      hint: `below is revision ${result.revision}: look at it and change it again`,
      kind: 'usage',
    })
  })
}

/** Shows the page with what was refused above it, and what was typed kept. */
async function orShow(c: Context, desk: Desk, form: FormFields, act: () => Promise<Response>): Promise<Response> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code === 'no_campaign') throw error
    return showVotes(c, desk, form, error)
  }
}

async function showVotes(c: Context, desk: Desk, form: FormFields = {}, error: RollcallError | null = null) {
  const { db, clock } = desk.site
  const campaign = await findCampaign(db, c.req.param('id') ?? '')
  const votes = await campaignVotes(db, campaign, clock)
  const ids = votes.votes.map(({ rollCall }) => rollCall.id)
  const canEdit = desk.can('campaigns.write') && !LAUNCHED_STATES.includes(campaign.state)
  const [overrides, legislators, choices] = await Promise.all([
    listOverrides(db, campaign.id),
    canEdit ? legislatorsOf(db, ids) : [],
    canEdit ? findRollCalls(db, '', 200) : [],
  ])
  const body = (
    <>
      {error === null ? null : <Refused error={error} />}
      <Voids campaign={campaign} canEdit={canEdit} />
      {votes.blockers.length > 0 ? <Blockers desk={desk} votes={votes} /> : null}
      {votes.votes.map((vote) => (
        <VoteSheet desk={desk} campaignId={campaign.id} revision={votes.revision} vote={vote} canEdit={canEdit} />
      ))}
      {canEdit ? (
        <AddRollCall
          desk={desk}
          campaignId={campaign.id}
          revision={votes.revision}
          form={form}
          choices={choices.filter(({ id }) => !ids.includes(id))}
        />
      ) : null}
      <OverrideSection overrides={overrides}>
        <Overrides
          desk={desk}
          campaignId={campaign.id}
          overrides={overrides}
          legislators={legislators}
          form={form}
          canEdit={canEdit}
        />
      </OverrideSection>
      <Standouts c={c} votes={votes} />
    </>
  )
  return showCampaign(c, desk, { campaign, page: 'votes' }, body, error === null ? 200 : 422)
}

function OverrideSection({ overrides, children }: { overrides: readonly Override[]; children: Child }) {
  return (
    <section class="sheet" id="overrides">
      <h2>Judged by hand{overrides.length > 0 ? ` (${overrides.length})` : ''}</h2>
      {children}
    </section>
  )
}

/** Says before an edit what it costs. */
export function Voids({ campaign, canEdit }: { campaign: CampaignRow; canEdit: boolean }) {
  if (LAUNCHED_STATES.includes(campaign.state))
    return <p class="notice">The campaign is {campaign.state}: its content is frozen. Clone it to change it.</p>
  return canEdit && voidsApproval(campaign) ? (
    <p class="notice warn">
      {campaign.approved_by} has approved this campaign. A change voids the approval
      {campaign.state === 'scheduled' ? ' and takes the launch time back' : ''}.
    </p>
  ) : null
}

function Refused({ error }: { error: RollcallError }) {
  return (
    <div class="notice bad" role="alert">
      {error.message.split('\n').map((line) => (
        <p>{line}</p>
      ))}
      {error.hint === undefined ? null : <p>{error.hint}</p>}
    </div>
  )
}

function Blockers({ desk, votes }: { desk: Desk; votes: CampaignVotes }) {
  return (
    <div class="notice bad">
      <p>With these votes the campaign cannot be sent:</p>
      <ul>
        {votes.blockers.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
      {desk.can('congress.write') ? (
        <p>
          <a href={`${desk.root}/congress/issues`}>Settle it on the Congress pages</a>
        </p>
      ) : null}
    </div>
  )
}
