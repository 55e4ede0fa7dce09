// The tables of the report: by outcome, state of the country, legislator, domain, and what came back.
import type { Child } from 'hono/jsx'
import { outcomeWords } from '../../../campaign/segment.ts'
import { totalOf, type Breakdown, type Counts, type DomainCount } from '../../../delivery/breakdown.ts'
import type { Stance } from '../../../congress/stance.ts'
import { count, share } from '../parts/figures.tsx'
import { StanceMark } from './send-matrix.tsx'

interface CountedProps {
  title: string
  name: string
  rows: readonly { words: Child; counts: Counts }[]
}

/** Counts of anything by the state its deliveries are in. */
function CountedTable({ title, name, rows }: CountedProps) {
  return (
    <section>
      <h2>{title}</h2>
      <div class="scroll" tabindex={0} role="region" aria-label={title}>
        <table>
          <caption class="unseen">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{name}</th>
              <th scope="col" class="number">
                All
              </th>
              <th scope="col" class="number">
                Sent
              </th>
              <th scope="col" class="number">
                Bounced
              </th>
              <th scope="col" class="number extra">
                Failed
              </th>
              <th scope="col" class="number extra">
                Skipped
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ words, counts }) => (
              <tr>
                <th scope="row">{words}</th>
                <td class="number">{count(totalOf(counts))}</td>
                <td class="number">
                  {count(counts.sent ?? 0)} <span class="soft">{share(counts.sent ?? 0, totalOf(counts))}</span>
                </td>
                <td class="number">{count(counts.bounced ?? 0)}</td>
                <td class="number extra">{count(counts.failed ?? 0)}</td>
                <td class="number extra">{count(counts.skipped ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** All tables of a breakdown. */
export function BreakdownTables({
  breakdown,
  domains,
  labels,
}: {
  breakdown: Breakdown
  domains: readonly DomainCount[]
  labels: Readonly<Record<Stance, string>>
}) {
  return (
    <>
      <CountedTable
        title="By outcome"
        name="Outcome"
        rows={breakdown.outcomes.map(({ outcome, counts }) => ({ words: outcomeWords(outcome), counts }))}
      />
      <details>
        <summary>By state ({breakdown.places.length})</summary>
        <CountedTable
          title="By state"
          name="State"
          rows={breakdown.places.map(({ name, counts }) => ({ words: name, counts }))}
        />
      </details>
      <details>
        <summary>By domain ({domains.length === 100 ? 'the 100 commonest' : domains.length})</summary>
        <CountedTable
          title="By domain"
          name="Domain"
          rows={domains.map(({ domain, counts }) => ({ words: domain, counts }))}
        />
      </details>
      <details>
        <summary>By legislator ({breakdown.legislators.length})</summary>
        <Legislators rows={breakdown.legislators} labels={labels} />
      </details>
    </>
  )
}

function Legislators({ rows, labels }: { rows: Breakdown['legislators']; labels: Readonly<Record<Stance, string>> }) {
  return (
    <section>
      <h2>What was said of whom</h2>
      <div class="scroll" tabindex={0} role="region" aria-label="What was said of whom">
        <table>
          <caption class="unseen">What was said of whom</caption>
          <thead>
            <tr>
              <th scope="col">Legislator</th>
              <th scope="col">Seat</th>
              <th scope="col">Said</th>
              <th scope="col" class="number">
                Messages
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, seat, party, stance, sent }) => (
              <tr>
                <th scope="row">
                  {name} {party === '' ? '' : `(${party})`}
                </th>
                <td>{seat}</td>
                <td>
                  <StanceMark stance={stance} labels={labels} />
                </td>
                <td class="number">{count(sent)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
