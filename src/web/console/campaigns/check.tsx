// The check of a campaign: everything that would stop or shame the send, each with the place that mends it; and test messages.
import type { Context } from 'hono'
import { checkCampaign, type CheckReport } from '../../../campaign/check.ts'
import { findCampaign } from '../../../campaign/campaigns.ts'
import { recently } from '../../../campaign/recently.ts'
import { parseZip } from '../../../congress/zip.ts'
import { RollcallError } from '../../../core/errors.ts'
import { readTestAddresses } from '../../../delivery/test-addresses.ts'
import { sendTests, type TestReport } from '../../../delivery/send-tests.ts'
import type { Problem } from '../../../message/problem.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { count, Figure, When } from '../parts/figures.tsx'
import { Field, Form, Select } from '../parts/form.tsx'
import { showCampaign } from './frame.tsx'
import { placeOf, placeText, Severity } from './compose-editor.tsx'

/** What became of a test that was asked for. */
type Tested = { report: TestReport } | { error: RollcallError } | null

/** Adds the page and the test messages. */
export function checkPages(console: Console): void {
  console.get('/campaigns/:id/check', 'campaigns.read', (c, desk) => showCheck(c, desk, {}, null))
  console.post('/campaigns/:id/test', 'campaigns.write', async (c, desk, form) => {
    try {
      return await showCheck(c, desk, form, { report: await runTest(c, desk, form) })
    } catch (error) {
      if (!(error instanceof RollcallError) || error.code === 'no_campaign') throw error
      return showCheck(c, desk, form, { error })
    }
  })
}

async function runTest(c: Context, desk: Desk, form: FormFields): Promise<TestReport> {
  const { db, sender, clock } = desk.site
  const campaignId = c.req.param('id') ?? ''
  await findCampaign(db, campaignId)
  const to = readTestAddresses(form['to'] ?? '')
  const which = form['which'] ?? 'commonest'
  const typed = (form['zip'] ?? '').trim()
  const zip = parseZip(typed)?.zip
  if (which === 'zip' && zip === undefined) {
    throw new RollcallError('bad_zip', `"${typed}" is no ZIP code`, { hint: 'write five digits', kind: 'usage' })
  }
  return sendTests(
    { db, campaignId, sender, clock, transport: await desk.site.transport() },
    { to, zip: which === 'zip' ? zip : undefined, everyVariant: which === 'every' },
  )
}

async function showCheck(c: Context, desk: Desk, form: FormFields, tested: Tested) {
  const { db, sender, clock } = desk.site
  const campaign = await findCampaign(db, c.req.param('id') ?? '')
  const { value: report, at } = await recently(db, campaign, {
    name: 'check',
    now: clock.now(),
    isFresh: c.req.query('again') !== undefined,
    make: () => checkCampaign(db, campaign.id, sender, clock),
  })
  const body = (
    <>
      {tested === null ? null : <TestResult tested={tested} />}
      <Verdict desk={desk} report={report} />
      <p class="small">
        Checked <When desk={desk} at={at} seconds />
      </p>
      {(['error', 'warning', 'notice'] as const).map((severity) => (
        <ProblemSection
          desk={desk}
          campaignId={campaign.id}
          severity={severity}
          problems={report.problems.filter((problem) => problem.severity === severity)}
        />
      ))}
      {desk.can('campaigns.write') ? <TestForm desk={desk} campaignId={campaign.id} form={form} /> : null}
    </>
  )
  const actions = (
    <a class="button quiet" href={`${desk.root}/campaigns/${campaign.id}/check?again`}>
      Run it again
    </a>
  )
  const isRefused = tested !== null && 'error' in tested
  return showCampaign(c, desk, { campaign, page: 'check', actions }, body, isRefused ? 422 : 200)
}

function Verdict({ desk, report }: { desk: Desk; report: CheckReport }) {
  const number = (severity: Problem['severity']) => report.problems.filter((each) => each.severity === severity).length
  return (
    <>
      <p class={`notice ${report.passed ? 'good' : 'bad'}`}>
        {report.passed ? (
          <>
            The check has passed: nothing stops this campaign.{' '}
            <a href={`${desk.root}/campaigns/${report.campaignId}/send`}>Go on to Send</a>
          </>
        ) : (
          <>The check has not passed: mend the errors below. Each leads to its place.</>
        )}
      </p>
      <dl class="figures">
        <Figure words="Errors" value={count(number('error'))} tone={number('error') > 0 ? 'bad' : 'good'} />
        <Figure words="Warnings" value={count(number('warning'))} tone={number('warning') > 0 ? 'warn' : 'good'} />
        <Figure words="Audience" value={count(report.audience)} />
        <Figure words="Revision" value={count(report.revision)} />
      </dl>
      <dl class="facts sheet">
        <dt>Content</dt>
        <dd>
          <code>{report.contentHash}</code>
        </dd>
        <dt>Audience</dt>
        <dd>
          <code>{report.audienceHash}</code>
        </dd>
      </dl>
    </>
  )
}

const HEADINGS = { error: 'Errors stop the send', warning: 'Warnings need a look', notice: 'Good to know' } as const

interface ProblemSectionProps {
  desk: Desk
  campaignId: string
  severity: Problem['severity']
  problems: readonly Problem[]
}

function ProblemSection({ desk, campaignId, severity, problems }: ProblemSectionProps) {
  if (problems.length === 0) return null
  return (
    <section class="sheet">
      <h3>{HEADINGS[severity]}</h3>
      <ol class="problems">
        {problems.map((problem) => {
          const fix = fixOf(problem, campaignId)
          return (
            <li>
              <Severity of={severity} /> <span class="said">{problem.message}</span>
              <span class="under">
                {problem.hint === undefined ? null : <>{problem.hint}. </>}
                {fix === null ? null : <a href={desk.root + fix.path}>{fix.words}</a>}
              </span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

const CONGRESS = /^(?:unknown_id|no_term|state_mismatch|unlisted_legislator|seat_count|refused_file)$/
const VOTES = /^(?:no_primary|unmapped_option|off_party|override|vacant|absent|succeeded)$/
const PEOPLE = /^(?:audience|segment|ambiguous|unresolved)/

/** Returns where a problem is mended; null where there is nothing to do. */
function fixOf(problem: Problem, campaignId: string): { path: string; words: string } | null {
  const base = `/campaigns/${campaignId}`
  const { code, message } = problem
  if (CONGRESS.test(code)) return { path: '/congress/issues', words: 'Settle it on the Congress pages' }
  if (VOTES.test(code)) return { path: `${base}/votes`, words: 'Look at the votes' }
  if (PEOPLE.test(code)) return { path: `${base}/audience`, words: 'Look at the audience' }
  if (code === 'no_audience') return { path: '/subscribers', words: 'Import subscribers' }
  if (code === 'smtputf8') return { path: '/subscribers', words: 'Look at the subscribers' }
  if (code === 'missing_script') {
    const key = /no script for (\w+)/.exec(message)?.[1] ?? 'champion'
    return { path: `${base}/compose?file=fields#f-scripts.${key}`, words: 'Write it' }
  }
  // What the settings say, no template mends.
  if (code === 'local_link') return null
  if (problem.file !== undefined) {
    return { path: placeOf(problem, '', `${base}/compose`), words: `Mend ${placeText(problem)}` }
  }
  if (/^(?:subject|preheader)/.test(code)) {
    const field = code.startsWith('subject') ? 'subject' : 'preheader'
    return { path: `${base}/compose?file=fields#f-${field}`, words: `Mend the ${field}` }
  }
  if (/^(?:text_|line_)/.test(code)) return { path: `${base}/compose?file=body.txt.hbs`, words: 'Mend the text part' }
  return { path: `${base}/compose?file=body.mjml`, words: 'Mend the HTML part' }
}

function TestForm({ desk, campaignId, form }: { desk: Desk; campaignId: string; form: FormFields }) {
  return (
    <section class="sheet" id="test">
      <h3>Test messages</h3>
      <p class="soft">
        The real message, through the real transport, with links that do nothing. Nothing enters the ledger.
      </p>
      <Form desk={desk} action={`/campaigns/${campaignId}/test`}>
        <Field
          name="to"
          label="To"
          hint="Your address, or up to ten, with commas between them."
          value={form['to'] ?? desk.account.email}
          maxlength={2600}
          required
        />
        <div class="pair">
          <Select
            name="which"
            label="Which message"
            value={form['which']}
            options={[
              ['commonest', 'that of the commonest combination'],
              ['zip', 'that of a ZIP'],
              ['every', 'one of every combination of the audience'],
            ]}
          />
          <Field name="zip" label="ZIP" value={form['zip']} inputmode="numeric" maxlength={10} />
        </div>
        <button>Send the test</button>
      </Form>
    </section>
  )
}

function TestResult({ tested }: { tested: Exclude<Tested, null> }) {
  if ('error' in tested) {
    return (
      <div class="notice bad" role="alert">
        <p>No test was sent: {tested.error.message}</p>
        {tested.error.hint === undefined ? null : <p>{tested.error.hint}</p>}
      </div>
    )
  }
  const { messages } = tested.report
  const accepted = messages.filter((message) => message.accepted).length
  return (
    <div class={`notice ${accepted === messages.length ? 'good' : 'bad'}`} role="status">
      <p>
        {count(accepted)} of {count(messages.length)} test messages were accepted.
      </p>
      <ul>
        {messages.map(({ outcome, subject, accepted: isAccepted, sentence }) => (
          <li>
            {isAccepted ? 'Accepted' : 'Refused'}: “{subject}” ({outcome.replace(/_/g, ' ')})
            {isAccepted ? '' : `: ${sentence}`}
          </li>
        ))}
      </ul>
    </div>
  )
}
