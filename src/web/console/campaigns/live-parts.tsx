// The parts of the live page that move: each has an id, and a new one takes its place.
import type { LiveBoard } from '../../../delivery/live-board.ts'
import { DELIVERY_STATES } from '../../../delivery/delivery.ts'
import type { LaneState } from '../../../delivery/lane-states.ts'
import type { Status } from '../../../delivery/report.ts'
import type { Desk } from '../desk.ts'
import { Badge, count, duration, Figure, share, Sparkline, StackedBar, timeText, When } from '../parts/figures.tsx'

/** Everything that moves, for the page and for each event. */
export function Moving({ desk, board }: { desk: Desk; board: LiveBoard }) {
  const { status } = board
  return (
    <>
      <Progress board={board} />
      <section class="sheet" id="live-states">
        <h2>Where every delivery is</h2>
        <StackedBar
          label="Deliveries by state"
          slices={DELIVERY_STATES.map((state) => ({
            name: `state-${state.replace('_', '-')}`,
            words: state.replace('_', ' '),
            count: status.deliveries[state],
          }))}
        />
      </section>
      <Pace board={board} />
      <Canary status={status} />
      <Providers board={board} />
      <Lanes desk={desk} lanes={status.lanes} limit={status.limitPerSecond} />
      <Trouble desk={desk} board={board} />
    </>
  )
}

function Progress({ board: { status } }: { board: LiveBoard }) {
  const { deliveries, audience } = status
  const all = audience ?? 0
  const open = deliveries.pending + deliveries.sending + deliveries.deferred
  return (
    <dl class="figures" id="live-figures">
      <Figure words="State" value={status.state} note={status.headline} />
      <Figure words="Sent" value={count(deliveries.sent)} note={`of ${count(all)} (${share(deliveries.sent, all)})`} />
      <Figure words="Still to go" value={count(open)} note={timeLeft(status)} />
      <Figure
        words="A second"
        value={status.state === 'sending' ? count(Math.round(status.perSecond)) : '–'}
        note="over the last ten"
      />
    </dl>
  )
}

function timeLeft({ state, remainingMs }: Status): string {
  if (state !== 'sending') return state === 'paused' ? 'while it is paused, nothing goes' : ''
  if (remainingMs === null) return 'nothing goes at the moment'
  return remainingMs === 0 ? 'done' : `about ${duration(remainingMs)}`
}

function Pace({ board: { pace } }: { board: LiveBoard }) {
  const rates = pace.sent.map((sent) => sent / pace.everySeconds)
  const most = Math.max(...rates)
  const minutes = (pace.sent.length * pace.everySeconds) / 60
  return (
    <section class="sheet" id="live-pace">
      <h2>Messages a second, the last {minutes} minutes</h2>
      {most === 0 ? (
        <p class="soft">Nothing was sent in that time.</p>
      ) : (
        <>
          <Sparkline
            values={rates}
            words={`At most ${Math.round(most)} a second, ${Math.round(rates.at(-1) ?? 0)} now`}
          />
          <p class="small">The top is {most < 10 ? most.toFixed(1) : count(Math.round(most))} a second.</p>
        </>
      )}
    </section>
  )
}

function Canary({ status: { canary, state } }: { status: Status }) {
  if (canary === null)
    return (
      <p id="live-canary" class="soft">
        No canary: everybody goes at once.
      </p>
    )
  const words = canary.isOut
    ? `The canary is out: ${count(canary.deliveries)} go first. The others follow when that has gone well.`
    : `The canary of ${count(canary.deliveries)} went well; the others are on their way.`
  return (
    <p id="live-canary" class={`notice ${canary.isOut ? 'warn' : 'good'}`}>
      {canary.isOut && state === 'paused'
        ? `The canary was out (${count(canary.deliveries)}) when the campaign stopped.`
        : words}
    </p>
  )
}

function Providers({ board: { providers } }: { board: LiveBoard }) {
  return (
    <section id="live-providers">
      <h2>By mailbox provider</h2>
      <div class="scroll" tabindex={0} role="region" aria-label="By mailbox provider">
        <table>
          <caption class="unseen">Deliveries by mailbox provider</caption>
          <thead>
            <tr>
              <th scope="col">Provider</th>
              <th scope="col" class="number">
                All
              </th>
              <th scope="col" class="number">
                Sent
              </th>
              <th scope="col" class="number">
                Deferred
              </th>
              <th scope="col" class="number">
                Bounced
              </th>
              <th scope="col" class="number">
                Failed
              </th>
            </tr>
          </thead>
          <tbody>
            {providers.map(({ provider, total, states }) => (
              <tr>
                <th scope="row">{provider}</th>
                <td class="number">{count(total)}</td>
                <td class="number">
                  {count(states.sent ?? 0)} <span class="soft">{share(states.sent ?? 0, total)}</span>
                </td>
                <td class="number">{count(states.deferred ?? 0)}</td>
                <td class="number">{count(states.bounced ?? 0)}</td>
                <td class="number">{count(states.failed ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Lanes({ desk, lanes, limit }: { desk: Desk; lanes: readonly LaneState[]; limit: number | null }) {
  return (
    <section class="sheet" id="live-lanes">
      <h2>Transports</h2>
      <ul class="plain-list">
        {lanes.map((lane) => (
          <li>
            <strong>{lane.transport}</strong>{' '}
            {lane.pausedUntil === null ? <Badge name="good" words="open" /> : <Badge name="paused" />}{' '}
            {laneWords(desk, lane)}
          </li>
        ))}
      </ul>
      {limit === null ? null : <p>This campaign goes at most {limit.toLocaleString('en-US')} a second.</p>}
    </section>
  )
}

function laneWords(desk: Desk, { pausedUntil, pauseReason, inTheAir, failures, throttle }: LaneState): string {
  const words = [
    pausedUntil === null ? '' : `until ${timeText(desk.zone, pausedUntil, true)}: ${pauseReason ?? ''}`,
    `${count(inTheAir)} in the air`,
    failures === 0 ? '' : `${failures} failures in a row`,
    throttle?.perSecond == null
      ? ''
      : `at most ${throttle.perSecond.toLocaleString('en-US', { maximumFractionDigits: 1 })} a second`,
    throttle?.slowReason == null ? '' : `slowed down: ${throttle.slowReason}`,
  ]
  return words.filter((word) => word !== '').join('; ')
}

function Trouble({ desk, board: { trouble } }: { desk: Desk; board: LiveBoard }) {
  return (
    <section id="live-trouble">
      <h2>What went wrong of late</h2>
      {trouble.length === 0 ? (
        <p class="soft">Nothing.</p>
      ) : (
        <ul class="plain-list">
          {trouble.map(({ ending, transport, sentence, count: times, lastAt }) => (
            <li>
              <Badge name={ending} /> {sentence}
              <span class="under">
                {times === 1 ? 'once' : `${count(times)} times`} by {transport}, last{' '}
                <When desk={desk} at={lastAt} seconds />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
