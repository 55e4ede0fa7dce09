// What was sent to a person and what came of it; and, for compliance, everything that must be proved about them.
import type { Child } from 'hono/jsx'
import type { PersonHistory, SentDelivery } from '../../../compliance/person-history.ts'
import type { Desk } from '../desk.ts'
import { Badge, count, When } from '../parts/figures.tsx'
import { Empty } from '../parts/table.tsx'

/** The newest deliveries are shown; who is on the list for years has hundreds. */
const SHOWN = 50

/** Every delivery with its attempts in sentences, newest first. */
export function Deliveries({ desk, deliveries }: { desk: Desk; deliveries: readonly SentDelivery[] }) {
  return (
    <section>
      <h2>What was sent</h2>
      {deliveries.length === 0 ? (
        <Empty>
          <p>No campaign has been launched to them yet.</p>
        </Empty>
      ) : (
        <>
          {deliveries.slice(0, SHOWN).map((each) => (
            <Delivery desk={desk} delivery={each} />
          ))}
          {deliveries.length > SHOWN ? (
            <p class="small">… and {count(deliveries.length - SHOWN)} earlier ones; the export holds all of them.</p>
          ) : null}
        </>
      )}
    </section>
  )
}

function Delivery({ desk, delivery }: { desk: Desk; delivery: SentDelivery }) {
  const { campaignId, campaign, state, reason, zip, outcome, updatedAt, attempts } = delivery
  return (
    <article class="sheet">
      <h3>
        <a href={`${desk.root}/campaigns/${campaignId}`}>{campaign}</a> <Badge name={state} />
      </h3>
      <p>
        Outcome {outcome.replace(/_/g, ' ')}
        {zip === null ? '' : `, for ZIP ${zip}`}
        {reason === null ? '' : `. Why ${state.replace(/_/g, ' ')}: ${reason.replace(/_/g, ' ')}`}.{' '}
        <span class="soft">
          Last changed <When desk={desk} at={updatedAt} />.
        </span>
      </p>
      {attempts.length === 0 ? null : (
        <ol class="plain-list">
          {attempts.map((each) => (
            <li>
              <When desk={desk} at={each.endedAt} seconds /> {each.sentence}{' '}
              <span class="soft">({each.transport})</span>
            </li>
          ))}
        </ol>
      )}
    </article>
  )
}

interface Entry {
  at: Date
  what: Child
  about: Child
}

/** The rest of the history as one list, newest first: what a viewer of subscribers may see, and more for compliance. */
export function Ledger({ desk, history }: { desk: Desk; history: PersonHistory }) {
  const entries = [...openEntries(history), ...(desk.can('compliance.read') ? provenEntries(history) : [])].toSorted(
    (a, b) => b.at.getTime() - a.at.getTime(),
  )
  return (
    <section>
      <h2>{desk.can('compliance.read') ? 'Consent, wishes, requests, acts of staff' : 'What came back'}</h2>
      {entries.length === 0 ? (
        <Empty>
          <p>Nothing has come back from them or about them.</p>
        </Empty>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label="History">
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">About it</th>
              </tr>
            </thead>
            <tbody>
              {entries.map(({ at, what, about }) => (
                <tr>
                  <td>
                    <When desk={desk} at={at} />
                  </td>
                  <td>{what}</td>
                  <td>{about}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {desk.can('compliance.read') ? null : (
        <p class="small">Consents, opt-outs, data requests and the audit log are for compliance.</p>
      )}
    </section>
  )
}

type Row = Record<string, unknown>
type Telling = (row: Row) => { at: unknown; what: string; about: string }

/** Reports of receivers, forwards and links: part of what was sent. */
const OPEN: Readonly<Record<string, Telling>> = {
  reports: (row) => ({ at: row['reported_at'], what: `Report: ${words(row['kind'])}`, about: text(row['sentence']) }),
  events: (row) => ({
    at: row['occurred_at'],
    what: `The provider reports: ${words(row['event'])}`,
    about: words(row['outcome']),
  }),
  forwards: (row) => ({ at: row['at'], what: 'Forwarded to a friend', about: `campaign ${text(row['campaign_id'])}` }),
  links: (row) => ({
    at: row['made_at'],
    what: `Was mailed a link: ${words(row['act'])}`,
    about: row['used_at'] instanceof Date ? 'used' : 'not used',
  }),
  wishes: (row) => ({
    at: row['changed_at'],
    what: 'Changed what they want',
    about: Array.isArray(row['topics_off']) ? `without: ${row['topics_off'].map(String).join(', ') || 'nothing'}` : '',
  }),
}

const PROVEN: Readonly<Record<string, Telling>> = {
  consents: (row) => ({
    at: row['at'],
    what: `Consent ledger: ${words(row['act'])}`,
    about: [
      text(row['basis']),
      row['wording'] ? `wording ${text(row['wording'])}` : '',
      row['ip_network'] ? `from ${text(row['ip_network'])}` : '',
      row['expires_at'] instanceof Date ? `ends ${row['expires_at'].toISOString().slice(0, 10)}` : '',
      evidenceText(row['evidence']),
    ]
      .filter(Boolean)
      .join('; '),
  }),
  opt_outs: (row) => ({
    at: row['requested_at'],
    what: `Opt-out: ${words(row['channel'])}`,
    about: tookText(row['requested_at'], row['effective_at']),
  }),
  requests: (row) => ({
    at: row['requested_at'],
    what: `Data request ${String(row['id'])}: ${words(row['kind'])}`,
    about: row['done_at'] instanceof Date ? 'answered' : 'open',
  }),
}

function openEntries(history: PersonHistory): Entry[] {
  return entriesOf(history, OPEN)
}

function provenEntries(history: PersonHistory): Entry[] {
  const audit = history.audit.map(({ at, actor, act, reason }) => ({
    at,
    what: `${actor}: ${act}`,
    about: reason,
  }))
  return [...entriesOf(history, PROVEN), ...audit]
}

function entriesOf(history: PersonHistory, tellings: Readonly<Record<string, Telling>>): Entry[] {
  return Object.entries(tellings).flatMap(([table, tell]) =>
    (history.tables.get(table) ?? [])
      .map(tell)
      .flatMap(({ at, what, about }) => (at instanceof Date ? [{ at, what, about }] : [])),
  )
}

function evidenceText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  return Object.entries(value)
    .filter(([, each]) => each !== '' && each !== null)
    .map(([name, each]) => `${name}: ${typeof each === 'object' ? JSON.stringify(each) : String(each)}`)
    .join(', ')
}

function tookText(requested: unknown, effective: unknown): string {
  if (!(requested instanceof Date) || !(effective instanceof Date)) return ''
  const ms = effective.getTime() - requested.getTime()
  return ms < 1000 ? 'took effect at once' : `took effect after ${Math.round(ms / 1000)} s`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function words(value: unknown): string {
  return text(value).replace(/_/g, ' ')
}
