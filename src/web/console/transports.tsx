// The transports: what is open, what holds each back, who works; a lane is paused and opened here.
import type { Context } from 'hono'
import { RollcallError } from '../../core/errors.ts'
import { openLane, pausedLanes, restLane, type LanePause } from '../../delivery/lanes.ts'
import { listThrottles, providerPrefix, transportKey, type ThrottleState } from '../../delivery/throttles.ts'
import { livingWorkers } from '../../delivery/worker-slots.ts'
import type { Console } from './console.ts'
import type { Desk } from './desk.ts'
import { done, showDesk } from './frame.tsx'
import { Badge, count, When, ZoneNote } from './parts/figures.tsx'
import { Act, Field, Form } from './parts/form.tsx'

const MOST_MINUTES = 7 * 24 * 60

/** Adds the page and its acts. */
export function transportPages(console: Console): void {
  console.get('/transports', 'campaigns.read', showTransports)

  console.post('/transports/:name/pause', 'campaigns.send', async (c, desk, form) => {
    const [name = ''] = desk.site.knownTransports([c.req.param('name') ?? ''])
    const minutes = Number(form['minutes'] ?? '')
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST_MINUTES) {
      throw new RollcallError('bad_time', 'a pause takes from 1 minute to 7 days (10,080 minutes)', { kind: 'usage' })
    }
    const reason = (form['reason'] ?? '').trim().slice(0, 300)
    if (reason === '')
      throw new RollcallError('reason_missing', 'a pause needs a reason, for the others', { kind: 'usage' })
    await restLane(desk.site.db, name, minutes * 60_000, reason, desk.actor)
    return await done(c, desk, '/transports', `Nothing goes through ${name} for ${minutes} minutes.`)
  })

  console.post('/transports/:name/resume', 'campaigns.send', async (c, desk) => {
    const [name = ''] = desk.site.knownTransports([c.req.param('name') ?? ''])
    await openLane(desk.site.db, name, desk.actor)
    await desk.site.enqueueDue()
    return await done(c, desk, '/transports', `${name} is open.`)
  })
}

async function showTransports(c: Context, desk: Desk): Promise<Response> {
  const { db, config } = desk.site
  const [paused, throttles, workers] = await Promise.all([pausedLanes(db), listThrottles(db), livingWorkers(db)])
  const names = [...new Set([...config.ROLLCALL_TRANSPORT, ...paused.map(({ transport }) => transport)])]
  return showDesk(
    c,
    desk,
    { title: 'Transports', section: 'transports' },
    <>
      <p>
        {workers.length === 0 ? (
          <>
            No worker runs: nothing is sent until one does (<code>rollcall work</code>).
          </>
        ) : (
          `${workers.length} ${workers.length === 1 ? 'worker runs' : 'workers run'}.`
        )}
      </p>
      <div class="columns">
        {names.map((name) => (
          <Lane
            desk={desk}
            name={name}
            pause={paused.find(({ transport }) => transport === name) ?? null}
            throttles={throttles}
          />
        ))}
      </div>
      <ZoneNote desk={desk} />
    </>,
  )
}

interface LaneProps {
  desk: Desk
  name: string
  pause: LanePause | null
  throttles: readonly ThrottleState[]
}

function Lane({ desk, name, pause, throttles }: LaneProps) {
  const limits = throttles.filter(({ key }) => key === transportKey(name) || key.startsWith(providerPrefix(name)))
  return (
    <section class="sheet">
      <h2>
        {name} {pause === null ? <Badge name="good" words="open" /> : <Badge name="paused" />}
      </h2>
      {pause === null ? null : (
        <p class="notice warn">
          Until <When desk={desk} at={pause.until} seconds />: {pause.reason}
        </p>
      )}
      {limits.length === 0 ? (
        <p class="soft">Nothing limits it.</p>
      ) : (
        <ul>
          {limits.map((limit) => (
            <li>{limitWords(name, limit)}</li>
          ))}
        </ul>
      )}
      {desk.can('campaigns.send') ? (
        pause === null ? (
          <Form desk={desk} action={`/transports/${name}/pause`}>
            <div class="pair">
              <Field name="minutes" label="Minutes" type="number" min={1} max={MOST_MINUTES} value={30} required />
              <Field name="reason" label="Why" maxlength={300} required />
            </div>
            <button class="danger">Pause {name}</button>
          </Form>
        ) : (
          <Act desk={desk} action={`/transports/${name}/resume`} button={`Open ${name} now`} look="loud" />
        )
      ) : null}
    </section>
  )
}

function limitWords(name: string, { key, perSecond, ceiling, perDay, usedToday, slowReason }: ThrottleState): string {
  const whose = key === transportKey(name) ? 'All messages' : `To ${key.slice(providerPrefix(name).length)}`
  const rate = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 1 })
  const parts = [
    perSecond === null ? '' : `at most ${rate(perSecond)} a second`,
    ceiling !== null && ceiling !== perSecond ? `the settings allow ${rate(ceiling)}` : '',
    perDay === null ? '' : `${count(usedToday)} of ${count(perDay)} used today (UTC)`,
    slowReason === null ? '' : `slowed down: ${slowReason}`,
  ]
  return `${whose}: ${parts.filter((part) => part !== '').join(', ')}`
}
