// The parts of the last look: facts, approval, the launch and its undo.
import type { CampaignRow } from '../../../campaign/campaigns.ts'
import type { SendPlan } from '../../../campaign/send-plan.ts'
import type { SendingTime } from '../../../delivery/sending-pace.ts'
import { transportKey, type ThrottleState } from '../../../delivery/throttles.ts'
import type { Desk, FormFields } from '../desk.ts'
import { count, duration, Figure, When } from '../parts/figures.tsx'
import { Act, Field, Form, Tick } from '../parts/form.tsx'

interface FactsProps {
  desk: Desk
  campaign: CampaignRow
  plan: SendPlan
  transports: readonly string[]
  throttles: readonly ThrottleState[]
  time: SendingTime
}

/** Figures and facts of the send to come. */
export function SendFacts({ desk, campaign, plan, transports, throttles, time }: FactsProps) {
  const { report } = plan
  const of = (severity: string) => report.problems.filter((problem) => problem.severity === severity).length
  const [errors, warnings] = [of('error'), of('warning')]
  const limits = transports.map(
    (name) => `${name}${limitWords(throttles.find(({ key }) => key === transportKey(name)))}`,
  )
  return (
    <>
      <dl class="figures">
        <Figure words="Audience" value={count(report.audience)} note="skipped ones included" />
        <Figure
          words="Check"
          value={errors === 0 ? 'passed' : `${errors} ${errors === 1 ? 'error' : 'errors'}`}
          note={warnings === 1 ? '1 warning' : `${warnings} warnings`}
          tone={errors === 0 ? 'good' : 'bad'}
        />
        <Figure
          words="Takes about"
          value={time.aboutMs === null ? 'unknown' : duration(time.aboutMs)}
          note={BASIS[time.basis]}
        />
        <Figure
          words="Deadline"
          value={`${plan.expiresAfterHours} h`}
          note="after the launch; what is late is not sent"
        />
      </dl>
      <dl class="facts">
        <dt>Transports</dt>
        <dd>{limits.join(', then ')}</dd>
        <dt>Content hash</dt>
        <dd>
          <code>{report.contentHash.slice(0, 12)}</code>
        </dd>
        <dt>Audience hash</dt>
        <dd>
          <code>{report.audienceHash.slice(0, 12)}</code>
        </dd>
        <dt>Check</dt>
        <dd>
          <a href={`${desk.root}/campaigns/${campaign.id}/check`}>
            {report.problems.length} {report.problems.length === 1 ? 'finding' : 'findings'}
          </a>
        </dd>
      </dl>
    </>
  )
}

const BASIS: Readonly<Record<SendingTime['basis'], string>> = {
  measured: 'by the last campaigns',
  limit: 'by the limit of the transport',
  nothing: 'no campaign has been sent yet',
}

function limitWords(throttle: ThrottleState | undefined): string {
  if (throttle === undefined) return ' (no limit)'
  const parts = [
    throttle.perSecond === null
      ? ''
      : `${throttle.perSecond.toLocaleString('en-US', { maximumFractionDigits: 1 })} a second`,
    throttle.perDay === null ? '' : `${count(throttle.usedToday)} of ${count(throttle.perDay)} used today`,
    throttle.slowReason === null ? '' : `slowed down: ${throttle.slowReason}`,
  ].filter((part) => part !== '')
  return ` (${parts.join(', ')})`
}

interface ApprovalProps {
  desk: Desk
  campaign: CampaignRow
  plan: SendPlan
  authors: readonly string[]
  isStillApproved: boolean
}

/** Who approved it, or who may. */
export function Approval({ desk, campaign, plan, authors, isStillApproved }: ApprovalProps) {
  const { report } = plan
  const from = desk.site.config.ROLLCALL_SECOND_PERSON_FROM
  const needsSecond = from > 0 && report.audience >= from
  const isAuthor = authors.includes(desk.actor)
  return (
    <section class="sheet" id="approval">
      <h2>Approval</h2>
      {campaign.approved_at === null ? (
        <p>Nobody has approved it yet. Made or edited by {authors.map(withoutId).join(', ')}.</p>
      ) : (
        <p>
          Approved by <strong>{withoutId(campaign.approved_by ?? '')}</strong> on{' '}
          <When desk={desk} at={campaign.approved_at} />. Made or edited by {authors.map(withoutId).join(', ')}.
        </p>
      )}
      {campaign.approved_at !== null && !isStillApproved ? (
        <p class="notice bad">Something has changed since: the approval does not count any more.</p>
      ) : null}
      {!report.passed ? (
        <p class="notice bad">
          The check has found errors. <a href={`${desk.root}/campaigns/${campaign.id}/check`}>Mend them</a> before it
          can be approved.
        </p>
      ) : null}
      {isStillApproved || !report.passed ? null : desk.can('campaigns.approve') ? (
        needsSecond && isAuthor ? (
          <p class="notice warn">You made or edited this campaign, so somebody else has to approve it.</p>
        ) : (
          <Act
            desk={desk}
            action={`/campaigns/${campaign.id}/approve`}
            button={`Approve for ${count(report.audience)} subscribers`}
            look="loud"
            fields={{ hash: report.hash }}
          />
        )
      ) : (
        <p class="soft">An approver has to put their name to it.</p>
      )}
    </section>
  )
}

/** An account is logged as `name#id`; people know each other by name. */
export function withoutId(actor: string): string {
  return actor.replace(/#[^#]*$/, '')
}

interface LaunchProps {
  desk: Desk
  campaign: CampaignRow
  plan: SendPlan
  form: FormFields
  workers: number
}

/** The launch: with a time in which it can be taken back, or at once. */
export function LaunchForm({ desk, campaign, plan, form, workers }: LaunchProps) {
  const { config } = desk.site
  const { audience } = plan.report
  const isTried = form['typed'] !== undefined
  return (
    <section>
      <h2>Launch</h2>
      {workers === 0 ? (
        <p class="notice warn">
          No worker runs at the moment: nothing leaves until one does (<code>rollcall work</code>).
        </p>
      ) : null}
      <Form desk={desk} action={`/campaigns/${campaign.id}/schedule`} class="confirm">
        <Field
          name="typed"
          label={`How many subscribers does it go to? Type ${count(audience)}`}
          autocomplete="off"
          inputmode="numeric"
          value={form['typed']}
          required
        />
        <div class="pair">
          <Field
            name="minutes"
            label="Launch in so many minutes"
            type="number"
            min={1}
            max={10080}
            value={form['minutes'] ?? config.ROLLCALL_UNDO_MINUTES}
            hint="Until then it can be taken back."
          />
          <Field
            name="transports"
            label="Transports, best first"
            value={form['transports'] ?? config.ROLLCALL_TRANSPORT.join(', ')}
            hint="The next one takes over when one fails."
          />
        </div>
        <Tick
          name="canary"
          label={`Send to ${config.ROLLCALL_CANARY_PERCENT} % first; the others follow when that went well (small audiences go at once)`}
          checked={isTried ? form['canary'] === 'on' : config.ROLLCALL_CANARY_PERCENT > 0}
        />
        <div class="row">
          <button>Set the launch</button>
          <button class="danger" formaction={`${desk.root}/campaigns/${campaign.id}/launch`}>
            Launch now, without a way back
          </button>
        </div>
      </Form>
    </section>
  )
}

/** The launch that waits, with the one big button. */
export function Scheduled({ desk, campaign, workers }: { desk: Desk; campaign: CampaignRow; workers: number }) {
  if (campaign.state !== 'scheduled') {
    return (
      <section class="notice" id="scheduled">
        <p>
          {campaign.launched_at === null ? 'The launch was taken back. ' : 'It is launched. '}
          <a href={`${desk.root}/campaigns/${campaign.id}`}>See where it stands</a>
        </p>
      </section>
    )
  }
  return (
    <section class="notice warn scheduled" id="scheduled">
      <p class="large">
        It launches on <When desk={desk} at={campaign.launch_at} seconds />
        {campaign.launch_expect === null ? '' : `, to ${count(campaign.launch_expect)} subscribers`}.
      </p>
      {workers === 0 ? (
        <p>
          No worker runs: it stays here until one does (<code>rollcall work</code>).
        </p>
      ) : null}
      {desk.can('campaigns.stop') ? (
        <Act desk={desk} action={`/campaigns/${campaign.id}/take-back`} button="Take the launch back" look="loud" />
      ) : null}
    </section>
  )
}

/** What there is to say once it is launched. */
export function Launched({ desk, campaign }: { desk: Desk; campaign: CampaignRow }) {
  return (
    <section class="sheet">
      <h2>{campaign.launched_at === null ? 'It was cancelled before its launch' : 'It was launched'}</h2>
      {campaign.launched_at === null ? (
        <p>Nothing was sent.</p>
      ) : (
        <p>
          Launched on <When desk={desk} at={campaign.launched_at} /> to {count(campaign.audience ?? 0)} subscribers,
          approved by {withoutId(campaign.approved_by ?? '')}. A campaign is launched once.
        </p>
      )}
      <p>
        <a href={`${desk.root}/campaigns/${campaign.id}/live`}>Live</a> shows where every delivery is;{' '}
        <a href={`${desk.root}/campaigns/${campaign.id}/report`}>the report</a> who got what.
      </p>
    </section>
  )
}
