// Home: what must be looked at now, what is on the wire, and the one switch that stops everything.
import type { Context } from 'hono'
import { messageOf, RollcallError } from '../../core/errors.ts'
import { alarms, type Alarm } from '../../compliance/alarms.ts'
import { createFigureDesk, type CampaignFigures, type FigureDesk } from '../../delivery/campaign-figures.ts'
import { readKillSwitch, setKillSwitch, type KillSwitch } from '../../delivery/kill-switch.ts'
import { ratesSince, type Rates } from '../../delivery/sending-pace.ts'
import { onTheWire, type Running } from '../../delivery/on-the-wire.ts'
import type { Site } from '../site.ts'
import type { Console } from './console.ts'
import type { Desk } from './desk.ts'
import { done, showDesk } from './frame.tsx'
import { liveAnswer } from './parts/answers.tsx'
import { Badge, Bar, count, duration, Figure, share, When, ZoneNote } from './parts/figures.tsx'
import { Field, Form, isTyped } from './parts/form.tsx'
import { Empty } from './parts/table.tsx'
import { withoutId } from './campaigns/send-parts.tsx'

const THIRTY_DAYS_MS = 30 * 86_400_000
const EVERY_MS = 3_000

interface View {
  found: Alarm[]
  running: Running[]
  figures: ReadonlyMap<string, CampaignFigures>
  rates: Rates
  killSwitch: KillSwitch
}

/** Adds the page, its events and the kill switch. */
export function homePages(console: Console): void {
  let figureDesk: FigureDesk | undefined
  const figuresOf = ({ db, log }: Site) =>
    (figureDesk ??= createFigureDesk(db, (error) =>
      log.warn({ error: messageOf(error) }, 'a campaign could not be counted'),
    ))

  const read = async ({ site }: Desk): Promise<View> => {
    const now = site.clock.now()
    const [found, running, rates, killSwitch] = await Promise.all([
      alarms(site.db, now),
      onTheWire(site.db),
      ratesSince(site.db, new Date(now.getTime() - THIRTY_DAYS_MS)),
      readKillSwitch(site.db),
    ])
    const launched = running.filter(({ audience }) => audience !== null)
    const figures = await figuresOf(site).figuresOf(
      launched.map(({ id, state }) => ({ id, isMoving: state === 'sending' })),
    )
    return { found, running, figures, rates, killSwitch }
  }

  // Whoever loads the page sees what is so now; whoever watches, what was read a moment ago for all of them.
  let shared: { view: Promise<View>; until: number } | undefined
  const readAnew = async (desk: Desk): Promise<View> => {
    const entry = { view: read(desk), until: performance.now() + EVERY_MS }
    shared = entry
    entry.view.catch(() => (shared = undefined))
    return await entry.view
  }
  const readShared = async (desk: Desk): Promise<View> =>
    shared !== undefined && performance.now() < shared.until ? await shared.view : await readAnew(desk)

  const home = async (c: Context, desk: Desk) => {
    const view = await readAnew(desk)
    return showDesk(
      c,
      desk,
      { title: 'Home', section: 'home' },
      <div data-live={`${desk.root}/home/events`}>
        <Moving desk={desk} view={view} />
        <Switch desk={desk} killSwitch={view.killSwitch} />
        <ZoneNote desk={desk} />
      </div>,
    )
  }
  console.get('/', 'campaigns.read', home)
  console.get('/home/events', 'campaigns.read', (c, desk) =>
    liveAnswer(c, desk, EVERY_MS, async () => ({
      html: <Moving desk={desk} view={await readShared(desk)} />,
      isLast: false,
    })),
  )

  console.post('/kill-switch/on', 'campaigns.stop', async (c, desk, form) => {
    const reason = (form['reason'] ?? '').trim().slice(0, 300)
    if (reason === '')
      throw new RollcallError('reason_missing', 'the kill switch needs a reason, for the others', { kind: 'usage' })
    await setKillSwitch(desk.site.db, true, reason, desk.actor)
    return await done(c, desk, '/', 'The kill switch is on. Nothing is sent; what is in the air still arrives.')
  })
  console.post('/kill-switch/off', 'campaigns.send', async (c, desk, form) => {
    if (!isTyped(form, 'go on'))
      throw new RollcallError('not_typed', 'to release the kill switch, type the words go on', { kind: 'usage' })
    await setKillSwitch(desk.site.db, false, '', desk.actor)
    await desk.site.enqueueDue()
    return await done(c, desk, '/', 'The kill switch is off. Campaigns go on.')
  })
}

function Moving({ desk, view }: { desk: Desk; view: View }) {
  return (
    <>
      <Alarms desk={desk} found={view.found} />
      <OnTheWire desk={desk} view={view} />
      <RateFigures rates={view.rates} />
    </>
  )
}

function Alarms({ desk, found }: { desk: Desk; found: readonly Alarm[] }) {
  return (
    <section id="home-alarms" aria-live="polite">
      <h2>To look at now</h2>
      {found.length === 0 ? (
        <p class="notice good">
          Nothing. Opt-outs take effect in time, every transport is open, every roll call is as it was imported.
        </p>
      ) : (
        found.map(({ severity, sentence, path }) => (
          <p class={`notice ${severity}`}>
            {sentence} <a href={desk.root + path}>Look</a>
          </p>
        ))
      )}
    </section>
  )
}

function OnTheWire({ desk, view: { running, figures } }: { desk: Desk; view: View }) {
  return (
    <section id="home-wire">
      <h2>On the wire</h2>
      {running.length === 0 ? (
        <Empty>
          <p>
            Nothing is being sent. <a href={`${desk.root}/campaigns`}>All campaigns</a>
          </p>
        </Empty>
      ) : (
        <div class="sheet">
          <ul class="plain-list">
            {running.map((each) => (
              <RunningCampaign desk={desk} running={each} figures={figures.get(each.id) ?? null} />
            ))}
          </ul>
        </div>
      )}
    </section>
  )
}

function RunningCampaign({
  desk,
  running,
  figures,
}: {
  desk: Desk
  running: Running
  figures: CampaignFigures | null
}) {
  const { id, name, state, audience, launchAt, pauseReason } = running
  const sent = figures?.deliveries.sent ?? 0
  const open =
    figures === null ? 0 : figures.deliveries.pending + figures.deliveries.deferred + figures.deliveries.sending
  const perSecond = figures?.perSecond ?? 0
  return (
    <li>
      <p>
        <Badge name={state} />{' '}
        <a href={`${desk.root}/campaigns/${id}/${state === 'scheduled' ? 'send' : 'live'}`}>{name}</a>
        {pauseReason === null ? null : <span class="soft"> {pauseReason}</span>}
      </p>
      {state === 'scheduled' ? (
        <p class="small">
          Launches on <When desk={desk} at={launchAt} seconds />.
        </p>
      ) : (
        <>
          <Bar part={sent} whole={audience ?? 0} words={`${count(sent)} of ${count(audience ?? 0)} sent`} tone="good" />
          <p class="small">
            {count(sent)} of {count(audience ?? 0)} sent ({share(sent, audience ?? 0)})
            {state === 'sending' && perSecond > 0
              ? `, ${count(Math.round(perSecond))} a second, about ${duration((open / perSecond) * 1000)} left`
              : ''}
          </p>
        </>
      )}
    </li>
  )
}

function RateFigures({ rates: { sent, bounced, complaints } }: { rates: Rates }) {
  const complained = sent === 0 ? 0 : complaints / sent
  const tone = complained > 0.003 ? 'bad' : complained > 0.001 ? 'warn' : 'good'
  return (
    <section id="home-rates">
      <h2>The last 30 days</h2>
      <dl class="figures">
        <Figure words="Sent" value={count(sent)} note="messages of campaigns" />
        <Figure
          words="Bounced"
          value={share(bounced, sent)}
          note={`${count(bounced)}; stop at 5 %`}
          tone={bounced > sent * 0.05 ? 'bad' : 'good'}
        />
        <Figure
          words="Complaints"
          value={share(complaints, sent)}
          note={`${count(complaints)}; aim below 0.10 %, never 0.30 %`}
          tone={tone}
        />
      </dl>
    </section>
  )
}

function Switch({ desk, killSwitch }: { desk: Desk; killSwitch: KillSwitch }) {
  return (
    <section class="sheet">
      <h2>Kill switch</h2>
      {killSwitch.isEngaged ? (
        <>
          <p class="notice bad">
            On since <When desk={desk} at={killSwitch.setAt} seconds />, by {withoutId(killSwitch.setBy)}:{' '}
            {killSwitch.reason || 'no reason was given'}.
          </p>
          {desk.can('campaigns.send') ? (
            <Form desk={desk} action="/kill-switch/off" class="filters">
              <Field name="typed" label="To release it, type: go on" autocomplete="off" required />
              <button>Release</button>
            </Form>
          ) : null}
        </>
      ) : desk.can('campaigns.stop') ? (
        <>
          <p>Stops every campaign at once, before the next message. What is in the air still arrives.</p>
          <Form desk={desk} action="/kill-switch/on" class="filters">
            <Field name="reason" label="Why" maxlength={300} required />
            <button class="danger">Stop everything</button>
          </Form>
        </>
      ) : (
        <p>Off.</p>
      )}
    </section>
  )
}
