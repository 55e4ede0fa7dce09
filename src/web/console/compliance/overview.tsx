// The desk at one look: what is due, how fast wishes take effect, and the proof that nobody was written to after one.
import type { Context } from 'hono'
import type { ComplianceCheck } from '../../../compliance/check.ts'
import { endedWithin, runningCheck, startCheck } from '../../../compliance/check-runs.ts'
import { latencyOfAll, latestCheck, type KeptCheck } from '../../../compliance/checks.ts'
import { overdueRequests } from '../../../compliance/data-requests.ts'
import { countTrouble, reportGroups } from '../../../compliance/feedback-lists.ts'
import { listOpenRequests } from '../../../compliance/ledger-lists.ts'
import { lateClasses } from '../../../compliance/retention-runs.ts'
import { messageOf } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { done } from '../frame.tsx'
import { liveAnswer } from '../parts/answers.tsx'
import { count, duration, Figure, When, ZoneNote } from '../parts/figures.tsx'
import { Act } from '../parts/form.tsx'
import { Requests } from './requests-table.tsx'
import { showCompliance } from './tabs.tsx'

const DAYS = 30

/** Adds the page and the proof. */
export function overviewPages(console: Console): void {
  console.get('/compliance', 'compliance.read', (c, desk) => showOverview(c, desk))
  console.post('/compliance/check', 'compliance.write', async (c, desk) => {
    const { db, clock, log } = desk.site
    const run = startCheck(db, desk.actor, clock.now(), (error) =>
      log.error({ error: messageOf(error) }, 'the proof over the ledger broke off'),
    )
    return done(c, desk, '/compliance', SAYS[outcomeOf(await endedWithin(run, PATIENCE_MS))])
  })
  console.get('/compliance/check/live', 'compliance.read', (c, desk) =>
    liveAnswer(c, desk, 2000, async () => ({
      html: <Proof desk={desk} check={await latestCheck(desk.site.db)} />,
      isLast: runningCheck(desk.site.db) === null,
    })),
  )
}

/** Longer proofs go on while the page comes back. */
const PATIENCE_MS = 3000

const SAYS = {
  sound: 'The whole ledger was read: everything holds.',
  unsound: 'The whole ledger was read, and something does not hold: see below.',
  running: 'The proof is running; what it finds shows below.',
  broken: 'The proof broke off; the log says why. Run it again.',
} as const

function outcomeOf(ended: ComplianceCheck | null | 'running'): keyof typeof SAYS {
  if (ended === 'running') return 'running'
  if (ended === null) return 'broken'
  return ended.isSound ? 'sound' : 'unsound'
}

async function showOverview(c: Context, desk: Desk) {
  const { db, clock } = desk.site
  const now = clock.now()
  const since = new Date(now.getTime() - DAYS * 86_400_000)
  const [latency, check, open, overdue, late, trouble] = await Promise.all([
    latencyOfAll(db),
    latestCheck(db),
    listOpenRequests(db, null, { limit: 10 }),
    overdueRequests(db, now),
    lateClasses(db, now),
    reportGroups(db).then((groups) => countTrouble(db, groups, since)),
  ])
  return showCompliance(
    c,
    desk,
    { title: 'Compliance', here: '/compliance' },
    <>
      <dl class="figures">
        <Figure
          words="Sent after an opt-out"
          value={check === null ? 'not checked' : count(check.result.sendsAfterOptOut)}
          note={check === null ? 'run the proof below' : 'must be 0, by the last proof'}
          tone={check === null ? 'warn' : check.result.sendsAfterOptOut === 0 ? 'good' : 'bad'}
        />
        <Figure
          words="Opt-out takes effect"
          value={latency.p99Ms === null ? '–' : duration(latency.p99Ms)}
          note={latency.p99Ms === null ? 'nobody has left yet' : `p99 of ${count(latency.wishes)} wishes`}
        />
        <Figure
          words="Requests overdue"
          value={count(overdue)}
          note="an answer is due in 30 days"
          tone={overdue === 0 ? 'good' : 'bad'}
        />
        <Figure words={`Complaints, ${DAYS} days`} value={count(trouble.complaints)} note="by mail and SendGrid" />
        <Figure words={`Bounces, ${DAYS} days`} value={count(trouble.bounces)} note="that came after the send" />
        <Figure
          words="Retention"
          value={late.length === 0 ? 'in time' : `${late.length} late`}
          note={late.length === 0 ? 'every kind of data, daily' : 'see the Retention page'}
          tone={late.length === 0 ? 'good' : 'warn'}
        />
      </dl>
      <div {...(runningCheck(db) === null ? {} : { 'data-live': `${desk.root}/compliance/check/live` })}>
        <Proof desk={desk} check={check} />
      </div>
      <h2>Open data requests</h2>
      <Requests
        c={c}
        desk={desk}
        rows={open.rows}
        now={now}
        empty={
          <p>
            Nothing is open. <a href={`${desk.root}/compliance/requests`}>Take in a request</a>
          </p>
        }
      />
      {open.next === null ? null : (
        <p>
          <a href={`${desk.root}/compliance/requests`}>All open requests</a>
        </p>
      )}
      <ZoneNote desk={desk} />
    </>,
  )
}

function Proof({ desk, check }: { desk: Desk; check: KeptCheck | null }) {
  return (
    <section class="sheet" id="proof">
      <h2>The proof over the whole ledger</h2>
      <p>
        It reads every suppression and every message ever handed over, computes the chain of the audit log anew, and
        keeps what it found.
      </p>
      {check === null ? <p>It has not been run yet.</p> : <Found desk={desk} check={check} />}
      <ProofAct desk={desk} isFirst={check === null} />
    </section>
  )
}

function ProofAct({ desk, isFirst }: { desk: Desk; isFirst: boolean }) {
  const running = runningCheck(desk.site.db)
  if (running !== null)
    return (
      <p>
        It is running since <When desk={desk} at={running.startedAt} seconds />, started by {running.actor}.
      </p>
    )
  if (!desk.can('compliance.write')) return null
  return <Act desk={desk} action="/compliance/check" button={isFirst ? 'Run the proof' : 'Run it again'} look="loud" />
}

function Found({ desk, check }: { desk: Desk; check: KeptCheck }) {
  const { result } = check
  const { audit } = result
  return (
    <>
      <p class={`notice ${check.isSound ? 'good' : 'bad'}`}>
        {check.isSound ? 'Everything held' : 'Something did not hold'} on{' '}
        <When desk={desk} at={check.startedAt} seconds />; run by {check.actor}, in {duration(check.tookMs)}.
      </p>
      <dl class="facts">
        <dt>Sent after an opt-out</dt>
        <dd>{count(result.sendsAfterOptOut)}</dd>
        <dt>In the air</dt>
        <dd>{count(result.inTheAir)} already on their way when the wish came</dd>
        <dt>Opt-outs</dt>
        <dd>
          {count(result.latency.wishes)}
          {result.latency.maxMs === null ? '' : `, the slowest took ${duration(result.latency.maxMs)}`}
        </dd>
        <dt>Audit log</dt>
        <dd>
          {audit.broken === null
            ? `${count(audit.sound)} entries, the chain holds`
            : `broken at entry ${count(audit.broken.place)}: ${audit.broken.why}`}
        </dd>
        <dt>Its head</dt>
        <dd>
          <code>{audit.head || 'empty'}</code>
        </dd>
        <dt>Overdue requests</dt>
        <dd>{count(result.overdueRequests)}</dd>
      </dl>
      {result.examples.length === 0 ? null : (
        <>
          <h3>Messages that should not have left</h3>
          <ul>
            {result.examples.map(({ campaignId, deliveryId, reason, suppressedAt, startedAt }) => (
              <li>
                Delivery {deliveryId} of {campaignId}: sent <When desk={desk} at={new Date(startedAt)} seconds />,
                suppressed ({reason}) since <When desk={desk} at={new Date(suppressedAt)} seconds />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
