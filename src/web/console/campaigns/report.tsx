// What became of a campaign: counts of everything, what came back, who got what, and what can still be set right.
import type { Context } from 'hono'
import { currentRevision, findCampaign, type CampaignRow } from '../../../campaign/campaigns.ts'
import { readManifest } from '../../../campaign/create.ts'
import { addressKey, parseAddress } from '../../../core/address.ts'
import { RollcallError } from '../../../core/errors.ts'
import { breakdownOf, domainsOf, totalOf, type Breakdown } from '../../../delivery/breakdown.ts'
import { cameBack, findDelivery, type CameBack } from '../../../delivery/came-back.ts'
import { resolveDoubt, retryFailed } from '../../../delivery/deliveries.ts'
import { deliveryPage, everyDelivery, troubleReasons } from '../../../delivery/delivery-list.ts'
import { frozenRollCalls } from '../../../delivery/report.ts'
import { recordAct } from '../../../store/audit-entries.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { done } from '../frame.tsx'
import { csvAnswer } from '../parts/answers.tsx'
import { count, Figure, share, When, ZoneNote } from '../parts/figures.tsx'
import { Act, Confirm, Form, isTyped, Select } from '../parts/form.tsx'
import { Empty } from '../parts/table.tsx'
import { redirectTo } from '../redirect.ts'
import { showCampaign } from './frame.tsx'
import { BreakdownTables } from './report-tables.tsx'
import { CSV_HEADER, csvRows, filterOf, WhoGotWhat } from './report-who.tsx'

const ROWS = 50

/** A campaign on the wire is counted anew after so long; one that has ended, when somebody asks, or by itself after a while. */
const YOUNG_MS = 15_000
const OLD_MS = 10 * 60_000

/** Adds the page, its file and its acts. */
export function reportPages(console: Console): void {
  console.get('/campaigns/:id/report', 'campaigns.read', showReport)

  console.get('/campaigns/:id/report.csv', 'subscribers.read', async (c, desk) => {
    const campaign = await findCampaign(desk.site.db, idOf(c))
    const { value } = await breakdownOf(desk.site.db, campaign.id, OLD_MS)
    // Whoever takes addresses out is written down.
    await recordAct(desk.site.db, { actor: desk.actor, act: 'export deliveries', object: `campaign/${campaign.id}` })
    const deliveries = everyDelivery(desk.site.db, campaign.id, filterOf(c), value.ranges)
    return csvAnswer(c, `${campaign.id}.csv`, CSV_HEADER, csvRows(deliveries))
  })

  console.post('/campaigns/:id/report/find', 'subscribers.read', async (c, desk, form) => {
    const parsed = parseAddress((form['address'] ?? '').trim())
    if (!parsed.ok)
      throw new RollcallError('bad_address', 'that is no address; write name@example.org', { kind: 'usage' })
    const key = addressKey(desk.site.addressKey, parsed.address.normalised)
    const id = await findDelivery(desk.site.db, idOf(c), key)
    const path = `/campaigns/${idOf(c)}/report`
    // The number of the delivery stands in the address of the page, the person's address does not (threat T20).
    if (id !== null) return redirectTo(c, desk, `${path}?delivery=${id}#who`)
    return await done(c, desk, path, 'That address was not in the audience of this campaign.')
  })

  console.post('/campaigns/:id/report/count', 'campaigns.read', async (c, desk) => {
    const { db } = desk.site
    await findCampaign(db, idOf(c))
    await Promise.all([breakdownOf(db, idOf(c), 0), domainsOf(db, idOf(c), 0)])
    return await done(c, desk, `/campaigns/${idOf(c)}/report`, 'Counted anew.')
  })

  console.post('/campaigns/:id/retry-failed', 'campaigns.send', async (c, desk, form) => {
    const reason = (form['reason'] ?? '') === '' ? null : (form['reason'] ?? null)
    const retried = await retryFailed(desk.site.db, idOf(c), desk.actor, reason)
    await desk.site.enqueueDue()
    return await done(c, desk, `/campaigns/${idOf(c)}/live`, `${retried} deliveries are due again.`)
  })

  console.post('/campaigns/:id/resolve-doubt', 'campaigns.send', async (c, desk, form) => {
    const as = form['as'] === 'resend' ? 'resend' : 'sent'
    if (!isTyped(form, as))
      throw new RollcallError('not_typed', `to resolve them, type the word ${as}`, { kind: 'usage' })
    const resolved = await resolveDoubt(desk.site.db, idOf(c), as, desk.actor)
    await desk.site.enqueueDue()
    return await done(c, desk, `/campaigns/${idOf(c)}/report`, `${resolved} deliveries in doubt are resolved as ${as}.`)
  })
}

function idOf(c: Context): string {
  return c.req.param('id') ?? ''
}

async function showReport(c: Context, desk: Desk): Promise<Response> {
  const { db } = desk.site
  const campaign = await findCampaign(db, idOf(c))
  if (campaign.launched_at === null) {
    return await showCampaign(
      c,
      desk,
      { campaign, page: 'report' },
      <Empty>
        <p>
          Nothing has been sent. After the launch this page shows where every delivery ended, what came back, and who
          got what.
        </p>
      </Empty>,
    )
  }
  const maxAge = campaign.state === 'sending' ? YOUNG_MS : OLD_MS
  const [breakdown, domains, back, rollCalls, reasons, revision] = await Promise.all([
    breakdownOf(db, campaign.id, maxAge, campaign.finished_at),
    domainsOf(db, campaign.id, maxAge, campaign.finished_at),
    cameBack(db, campaign.id),
    frozenRollCalls(db, campaign.id),
    troubleReasons(db, campaign.id),
    currentRevision(db, campaign),
  ])
  const page = await deliveryPage(db, campaign.id, filterOf(c), breakdown.value.ranges, {
    after: c.req.query('after'),
    before: c.req.query('before'),
    limit: ROWS,
  })
  const { labels } = readManifest(revision.files)
  return await showCampaign(
    c,
    desk,
    { campaign, page: 'report' },
    <>
      {rollCalls
        .filter(({ changedSinceLaunch }) => changedSinceLaunch)
        .map(({ id }) => (
          <p class="notice bad">
            Roll call {id} has changed since the launch: what these messages say of it may be wrong.
          </p>
        ))}
      <Figures campaign={campaign} breakdown={breakdown.value} back={back} />
      <div class="row">
        <span class="small">
          Counted on <When desk={desk} at={breakdown.takenAt} seconds />.
        </span>
        <Act desk={desk} action={`/campaigns/${campaign.id}/report/count`} button="Count anew" look="plain" />
      </div>
      {desk.can('campaigns.send') ? (
        <Repairs desk={desk} campaign={campaign} breakdown={breakdown.value} reasons={reasons} />
      ) : null}
      <BreakdownTables breakdown={breakdown.value} domains={domains.value} labels={labels} />
      <WhoGotWhat c={c} desk={desk} campaignId={campaign.id} page={page} reasons={reasons} />
      <ZoneNote desk={desk} />
    </>,
  )
}

function sumOf(breakdown: Breakdown): Breakdown['outcomes'][number]['counts'] {
  const counts: Breakdown['outcomes'][number]['counts'] = {}
  for (const each of breakdown.outcomes) {
    for (const [state, number] of Object.entries(each.counts) as [keyof typeof counts, number][]) {
      counts[state] = (counts[state] ?? 0) + number
    }
  }
  return counts
}

function Figures({ campaign, breakdown, back }: { campaign: CampaignRow; breakdown: Breakdown; back: CameBack }) {
  const counts = sumOf(breakdown)
  const all = totalOf(counts)
  const [sent = 0, bounced = 0, failed = 0, doubt = 0] = [counts.sent, counts.bounced, counts.failed, counts.in_doubt]
  const handed = sent + back.lateBounces
  return (
    <dl class="figures">
      <Figure words="Audience" value={count(campaign.audience ?? all)} note={`${count(counts.skipped ?? 0)} skipped`} />
      <Figure words="Sent" value={count(sent)} note={share(sent, all)} tone="good" />
      <Figure
        words="Bounced"
        value={count(bounced)}
        note={`${count(back.lateBounces)} of them late`}
        {...(bounced * 20 > all ? { tone: 'bad' as const } : {})}
      />
      <Figure words="Failed" value={count(failed)} {...(failed > 0 ? { tone: 'bad' as const } : {})} />
      <Figure words="In doubt" value={count(doubt)} {...(doubt > 0 ? { tone: 'warn' as const } : {})} />
      <Figure words="Opt-outs" value={count(back.optOuts)} note={share(back.optOuts, handed)} />
      <Figure
        words="Complaints"
        value={count(back.complaints)}
        note={`${share(back.complaints, handed)}; keep below 0.10 %`}
        {...(back.complaints * 1000 > handed ? { tone: 'bad' as const } : {})}
      />
    </dl>
  )
}

interface RepairsProps {
  desk: Desk
  campaign: CampaignRow
  breakdown: Breakdown
  reasons: readonly { state: string; reason: string; count: number }[]
}

function Repairs({ desk, campaign, breakdown, reasons }: RepairsProps) {
  const { failed = 0, in_doubt: doubt = 0 } = sumOf(breakdown)
  const path = `/campaigns/${campaign.id}`
  if (failed === 0 && doubt === 0) return null
  return (
    <section>
      <h2>To set right</h2>
      <div class="columns">
        {failed === 0 ? null : (
          <Form desk={desk} action={`${path}/retry-failed`} class="sheet">
            <p>{count(failed)} failed. Once their cause is gone, they can be tried again.</p>
            <Select
              name="reason"
              label="Which of them"
              options={[
                ['', 'all'],
                ...reasons
                  .filter(({ state }) => state === 'failed')
                  .map(
                    ({ reason, count: each }) => [reason, `${reason.replaceAll('_', ' ')} (${count(each)})`] as const,
                  ),
              ]}
            />
            <button class="quiet">Try them again</button>
          </Form>
        )}
        {doubt === 0 ? null : (
          <>
            <Confirm desk={desk} action={`${path}/resolve-doubt`} word="sent" button="They arrived" id="doubt-sent">
              <input type="hidden" name="as" value="sent" />
              <p>
                {count(doubt)} are in doubt: the connection broke after the message had left. Nobody can know from here
                whether they arrived.
              </p>
            </Confirm>
            <Confirm
              desk={desk}
              action={`${path}/resolve-doubt`}
              word="resend"
              button="Send them again"
              id="doubt-resend"
            >
              <input type="hidden" name="as" value="resend" />
              <p>
                The same message again, to the byte. Whoever had it already gets it twice; most mail programs then show
                one.
              </p>
            </Confirm>
          </>
        )}
      </div>
    </section>
  )
}
