// A campaign on the wire: everything that moves, and what a person may do about it.
import type { Context } from 'hono'
import { findCampaign, type CampaignRow } from '../../../campaign/campaigns.ts'
import { cancelCampaign, pauseCampaign, resumeCampaign, useTransports } from '../../../campaign/control.ts'
import { RollcallError } from '../../../core/errors.ts'
import { skipCancelled } from '../../../delivery/deliveries.ts'
import { liveBoard, recountBoard } from '../../../delivery/live-board.ts'
import { throttleCampaign } from '../../../delivery/throttles.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done } from '../frame.tsx'
import { liveAnswer } from '../parts/answers.tsx'
import { Act, Confirm, Field, Form, isTyped } from '../parts/form.tsx'
import { Empty } from '../parts/table.tsx'
import { showCampaign, Standing } from './frame.tsx'
import { Moving } from './live-parts.tsx'

/** How often a page on the wire is told what is new. */
const EVERY_MS = 2_000

/** Adds the page, its events and its acts. */
export function livePages(console: Console): void {
  console.get('/campaigns/:id/live', 'campaigns.read', async (c, desk) => {
    const campaign = await findCampaign(desk.site.db, idOf(c))
    return await showCampaign(c, desk, { campaign, page: 'live' }, await bodyOf(desk, campaign))
  })

  console.get('/campaigns/:id/live/events', 'campaigns.read', async (c, desk) => {
    const { id } = await findCampaign(desk.site.db, idOf(c))
    return liveAnswer(c, desk, EVERY_MS, async () => {
      const board = await liveBoard(desk.site.db, id)
      const campaign = await findCampaign(desk.site.db, id)
      // Forms stay as they are while somebody may be writing in them; another state is another set of them.
      const hasChanged = campaign.state !== c.req.query('state')
      const html = (
        <>
          <Moving desk={desk} board={board} />
          {hasChanged ? <Standing desk={desk} campaign={campaign} page="live" /> : null}
          {hasChanged ? <Urgent desk={desk} campaign={campaign} /> : null}
        </>
      )
      return { html, isLast: !isMoving(campaign.state) }
    })
  })

  const act = (name: string, permission: 'campaigns.send' | 'campaigns.stop', work: Work) =>
    console.post(`/campaigns/:id/${name}`, permission, async (c, desk, form) => {
      const { id } = await findCampaign(desk.site.db, idOf(c))
      const sentence = await work(desk, id, form)
      recountBoard(desk.site.db, id)
      return await done(c, desk, `/campaigns/${id}/live`, sentence)
    })

  act('pause', 'campaigns.stop', async (desk, id, form) => {
    const reason = (form['reason'] ?? '').trim()
    if (reason === '')
      throw new RollcallError('reason_missing', 'a pause needs a reason, for the others', { kind: 'usage' })
    await pauseCampaign(desk.site.db, id, reason.slice(0, 300), actOf(desk))
    return 'Paused. Messages already in the air still arrive.'
  })
  act('resume', 'campaigns.send', async (desk, id) => {
    await resumeCampaign(desk.site.db, id, actOf(desk))
    await desk.site.enqueueDue()
    return 'It goes on where it was.'
  })
  act('cancel', 'campaigns.send', async (desk, id, form) => {
    if (!isTyped(form, 'cancel'))
      throw new RollcallError('not_typed', 'to cancel, type the word cancel', { kind: 'usage' })
    await cancelCampaign(desk.site.db, id, actOf(desk))
    const skipped = await skipCancelled(desk.site.db)
    return `Cancelled. ${skipped} deliveries were skipped.`
  })
  act('transports', 'campaigns.send', async (desk, id, form) => {
    const names = (form['transports'] ?? '').split(/[\s,]+/).filter((name) => name !== '')
    if (names.length === 0)
      throw new RollcallError('transport_missing', 'name at least one transport', { kind: 'usage' })
    await useTransports(desk.site.db, id, desk.site.knownTransports(names), actOf(desk))
    await desk.site.enqueueDue()
    return `From now on it goes by ${names.join(', then ')}.`
  })
  act('throttle', 'campaigns.send', async (desk, id, form) => {
    const text = (form['perSecond'] ?? '').trim()
    const perSecond = text === '' ? null : Number(text)
    if (perSecond !== null && !(perSecond > 0 && perSecond <= 100_000)) {
      throw new RollcallError('bad_rate', `"${text}" is no rate; write a number above 0, or nothing for no limit`, {
        kind: 'usage',
      })
    }
    await throttleCampaign(desk.site.db, id, perSecond, actOf(desk))
    await desk.site.enqueueDue()
    return perSecond === null
      ? 'It has no limit of its own any more.'
      : `At most ${perSecond} messages a second from now on.`
  })
}

type Work = (desk: Desk, id: string, form: FormFields) => Promise<string>

function idOf(c: Context): string {
  return c.req.param('id') ?? ''
}

function actOf({ actor, site }: Desk) {
  return { actor, clock: site.clock }
}

function isMoving(state: CampaignRow['state']): boolean {
  return state === 'sending' || state === 'paused'
}

async function bodyOf(desk: Desk, campaign: CampaignRow) {
  if (campaign.launched_at === null) {
    return (
      <Empty>
        <p>
          It has not been launched. Once it is, this page shows where every delivery is, how fast it goes, what each
          mailbox provider answers and what went wrong, as it happens.
        </p>
        <p>
          <a href={`${desk.root}/campaigns/${campaign.id}/send`}>To the launch</a>
        </p>
      </Empty>
    )
  }
  const board = await liveBoard(desk.site.db, campaign.id)
  const url = `${desk.root}/campaigns/${campaign.id}/live/events?state=${campaign.state}`
  return (
    <>
      <Urgent desk={desk} campaign={campaign} />
      <div {...(isMoving(campaign.state) ? { 'data-live': url } : {})}>
        <p class="small" id="live-note" role="status">
          {isMoving(campaign.state) ? 'As it was when the page was loaded' : ''}
        </p>
        <Moving desk={desk} board={board} />
      </div>
      {isMoving(campaign.state) && desk.can('campaigns.send') ? (
        <Steering desk={desk} campaign={campaign} limit={board.status.limitPerSecond} />
      ) : null}
    </>
  )
}

function Urgent({ desk, campaign }: { desk: Desk; campaign: CampaignRow }) {
  const path = `/campaigns/${campaign.id}`
  if (campaign.state === 'sending' && desk.can('campaigns.stop')) {
    return (
      <div id="live-urgent">
        <Form desk={desk} action={`${path}/pause`} class="filters">
          <Field name="reason" label="Reason for a pause" maxlength={300} required />
          <button class="danger">Pause</button>
        </Form>
      </div>
    )
  }
  if (campaign.state === 'paused' && desk.can('campaigns.send')) {
    return (
      <div class="row" id="live-urgent">
        <Act desk={desk} action={`${path}/resume`} button="Resume" look="loud" />
      </div>
    )
  }
  return <div id="live-urgent"></div>
}

function Steering({ desk, campaign, limit }: { desk: Desk; campaign: CampaignRow; limit: number | null }) {
  const path = `/campaigns/${campaign.id}`
  return (
    <section>
      <h2>Steer</h2>
      <div class="columns">
        <Form desk={desk} action={`${path}/transports`} class="sheet">
          <Field
            name="transports"
            label="Transports, best first"
            value={(campaign.transports ?? []).join(', ')}
            hint="Fail over by naming another one first. What is in the air stays where it is."
            required
          />
          <button class="quiet">Use these</button>
        </Form>
        <Form desk={desk} action={`${path}/throttle`} class="sheet">
          <Field
            name="perSecond"
            label="At most so many messages a second"
            value={limit}
            inputmode="decimal"
            hint="Empty: no limit for this campaign."
          />
          <button class="quiet">Limit it</button>
        </Form>
        <Confirm desk={desk} action={`${path}/cancel`} word="cancel" button="Cancel the campaign" id="cancel">
          <p>What is not sent yet is skipped, for good. What is sent stays sent.</p>
        </Confirm>
      </div>
    </section>
  )
}
