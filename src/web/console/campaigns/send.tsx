// The last look before a send: what goes to whom, who approved it, and the buttons that start it or take it back.
import type { Context } from 'hono'
import { approveWhenSound } from '../../../campaign/approve.ts'
import { LAUNCHED_STATES } from '../../../campaign/campaign.ts'
import { countAudience } from '../../../campaign/audience-view.ts'
import { findCampaign, type CampaignRow } from '../../../campaign/campaigns.ts'
import { scheduleCampaign, unscheduleCampaign } from '../../../campaign/control.ts'
import { authorsOf } from '../../../campaign/second-person.ts'
import { sendPlan } from '../../../campaign/send-plan.ts'
import { RollcallError } from '../../../core/errors.ts'
import { sendingTime } from '../../../delivery/sending-pace.ts'
import { listThrottles } from '../../../delivery/throttles.ts'
import { livingWorkers } from '../../../delivery/worker-slots.ts'
import { recently } from '../../../campaign/recently.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done } from '../frame.tsx'
import { liveAnswer } from '../parts/answers.tsx'
import { isTyped } from '../parts/form.tsx'
import { showCampaign, Standing } from './frame.tsx'
import { Approval, Launched, LaunchForm, Scheduled, SendFacts } from './send-parts.tsx'
import { SendMatrix } from './send-matrix.tsx'

/** Adds the page and its acts. */
export function sendPages(console: Console): void {
  console.get('/campaigns/:id/send', 'campaigns.read', (c, desk) => showSend(c, desk, {}))

  console.get('/campaigns/:id/send/events', 'campaigns.read', async (c, desk) => {
    await findCampaign(desk.site.db, idOf(c))
    return liveAnswer(c, desk, 1_000, async () => {
      const campaign = await findCampaign(desk.site.db, idOf(c))
      const workers = await livingWorkers(desk.site.db)
      const html = (
        <>
          <Standing desk={desk} campaign={campaign} page="send" />
          <Scheduled desk={desk} campaign={campaign} workers={workers.length} />
        </>
      )
      return { html, isLast: campaign.state !== 'scheduled' }
    })
  })

  console.post('/campaigns/:id/approve', 'campaigns.approve', (c, desk, form) =>
    inPlace(c, desk, form, async () => {
      await approveWhenSound(desk.site, idOf(c), {
        actor: desk.actor,
        clock: desk.site.clock,
        secondPersonFrom: desk.site.config.ROLLCALL_SECOND_PERSON_FROM,
        hash: form['hash'] ?? '',
      })
      return await done(c, desk, sendPath(c), 'Approved. It can be launched now.')
    }),
  )

  console.post('/campaigns/:id/schedule', 'campaigns.send', (c, desk, form) =>
    inPlace(c, desk, form, async () => {
      const { site } = desk
      const expect = await expectedCount(c, desk, form)
      const at = launchTime(desk, form)
      const transports = transportsOf(desk, form)
      await scheduleCampaign(
        site.db,
        idOf(c),
        at,
        expect,
        { actor: desk.actor, clock: site.clock },
        { transports: [...transports], canary: form['canary'] === 'on' },
      )
      return await done(c, desk, sendPath(c), 'The launch is set. It can be taken back until its time has come.')
    }),
  )

  console.post('/campaigns/:id/launch', 'campaigns.send', (c, desk, form) =>
    inPlace(c, desk, form, async () => {
      const expect = await expectedCount(c, desk, form)
      const launched = await desk.site.launch(idOf(c), {
        expect,
        actor: desk.actor,
        transports: transportsOf(desk, form),
        canary: form['canary'] === 'on',
      })
      return await done(
        c,
        desk,
        `/campaigns/${idOf(c)}/live`,
        `On its way to ${launched.audience} subscribers, ${launched.skipped} of them skipped.`,
      )
    }),
  )

  console.post('/campaigns/:id/take-back', 'campaigns.stop', (c, desk, form) =>
    inPlace(c, desk, form, async () => {
      const { db, clock } = desk.site
      const { state } = await findCampaign(db, idOf(c))
      if (state !== 'scheduled') {
        throw new RollcallError('too_late', `the campaign is ${state}: there is no launch to take back`, {
          hint: 'on the page Live it can be paused or cancelled',
        })
      }
      await unscheduleCampaign(db, idOf(c), 'taken back in the console', { actor: desk.actor, clock })
      return await done(c, desk, sendPath(c), 'The launch is taken back. Nothing was sent.')
    }),
  )
}

function idOf(c: Context): string {
  return c.req.param('id') ?? ''
}

function sendPath(c: Context): string {
  return `/campaigns/${idOf(c)}/send`
}

/** A refusal is shown on the page itself, with what was typed. */
async function inPlace(c: Context, desk: Desk, form: FormFields, act: () => Promise<Response>): Promise<Response> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code === 'bug' || error.code === 'no_campaign') throw error
    return await showSend(c, desk, { form, error })
  }
}

/** Returns the audience that was typed, which must be the one there is. Throws `not_typed`, `audience_differs`. */
async function expectedCount(c: Context, desk: Desk, form: FormFields): Promise<number> {
  const typed = (form['typed'] ?? '').replace(/[,\s]/g, '')
  if (!/^\d{1,9}$/.test(typed)) {
    throw new RollcallError('not_typed', 'type how many subscribers it goes to', {
      hint: 'the number is on this page',
      kind: 'usage',
    })
  }
  const { site } = desk
  const audience = await countAudience(site.db, idOf(c), site.clock)
  if (!isTyped(form, String(audience))) {
    throw new RollcallError(
      'audience_differs',
      `you typed ${Number(typed).toLocaleString('en-US')}, and there are ${audience.toLocaleString('en-US')} subscribers in the audience`,
      { hint: 'nothing was sent; look at the audience before you go on' },
    )
  }
  return audience
}

function launchTime({ site }: Desk, form: FormFields): Date {
  const minutes = Number(form['minutes'] ?? '')
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 10_080) {
    throw new RollcallError('bad_time', 'a launch waits from 1 minute to 7 days (10,080 minutes)', { kind: 'usage' })
  }
  return new Date(site.clock.now().getTime() + minutes * 60_000)
}

function transportsOf({ site }: Desk, form: FormFields): readonly string[] {
  const names = (form['transports'] ?? '').split(/[\s,]+/).filter((name) => name !== '')
  return site.knownTransports(names.length === 0 ? site.config.ROLLCALL_TRANSPORT : names)
}

interface Tried {
  form?: FormFields
  error?: RollcallError
}

async function showSend(c: Context, desk: Desk, { form = {}, error }: Tried): Promise<Response> {
  const { site } = desk
  const campaign = await findCampaign(site.db, idOf(c))
  const status = error === undefined ? 200 : 422
  const refused = error === undefined ? null : <Refused error={error} />
  if (LAUNCHED_STATES.includes(campaign.state)) {
    const body = (
      <>
        {refused}
        <Launched desk={desk} campaign={campaign} />
      </>
    )
    return await showCampaign(c, desk, { campaign, page: 'send' }, body, status)
  }
  const plan = await planOrTrouble(desk, campaign)
  if (plan instanceof RollcallError) {
    return await showCampaign(c, desk, { campaign, page: 'send' }, <Refused error={plan} />, status)
  }
  const transports = site.config.ROLLCALL_TRANSPORT
  const [authors, throttles, workers, time] = await Promise.all([
    authorsOf(site.db, campaign.id),
    listThrottles(site.db),
    livingWorkers(site.db),
    sendingTime(site.db, transports, plan.report.audience),
  ])
  const isStillApproved = campaign.approved_hash === plan.report.hash
  const body = (
    <>
      {refused}
      {campaign.state === 'scheduled' ? (
        <div data-live={`${desk.root}/campaigns/${campaign.id}/send/events`}>
          <Scheduled desk={desk} campaign={campaign} workers={workers.length} />
        </div>
      ) : null}
      <SendFacts
        desk={desk}
        campaign={campaign}
        plan={plan}
        transports={transports}
        throttles={throttles}
        time={time}
      />
      <SendMatrix c={c} plan={plan} />
      <Approval desk={desk} campaign={campaign} plan={plan} authors={authors} isStillApproved={isStillApproved} />
      {campaign.state === 'approved' && isStillApproved && desk.can('campaigns.send') ? (
        <LaunchForm desk={desk} campaign={campaign} plan={plan} form={form} workers={workers.length} />
      ) : null}
    </>
  )
  return await showCampaign(c, desk, { campaign, page: 'send' }, body, status)
}

async function planOrTrouble({ site }: Desk, campaign: CampaignRow) {
  try {
    const make = () => sendPlan(site.db, campaign.id, site.sender, site.clock)
    return (await recently(site.db, campaign, { name: 'send', now: site.clock.now(), make })).value
  } catch (error) {
    if (error instanceof RollcallError && error.code !== 'bug') return error
    throw error
  }
}

function Refused({ error }: { error: RollcallError }) {
  return (
    <div class="notice bad" role="alert">
      <p>{error.message}</p>
      {error.hint === undefined ? null : <p>{error.hint}</p>}
    </div>
  )
}
