// What goes to how many: outcomes and the stances that make them, coloured and named.
import type { Context } from 'hono'
import { outcomeWords } from '../../../campaign/segment.ts'
import type { SendPlan, SendRow } from '../../../campaign/send-plan.ts'
import type { Stance } from '../../../congress/stance.ts'
import { STANCE_LOOKS } from '../../../message/stance-look.ts'
import { Badge, count, share } from '../parts/figures.tsx'
import { Table } from '../parts/table.tsx'

/** The matrix of a campaign that is not launched. */
export function SendMatrix({ c, plan }: { c: Context; plan: SendPlan }) {
  const { rows, report, labels } = plan
  const variants = rows.reduce((sum, row) => sum + row.variants, 0)
  return (
    <section>
      <h2>What goes to how many</h2>
      <p>
        {count(variants)} {variants === 1 ? 'variant' : 'variants'} of the message.{' '}
        {plan.missingScripts.length === 0
          ? 'Every one has every script it needs.'
          : `${plan.missingScripts.length} ${plan.missingScripts.length === 1 ? 'script is' : 'scripts are'} missing: ${plan.missingScripts.map(({ message }) => message).join('; ')}.`}
      </p>
      <Table
        c={c}
        caption="What goes to how many"
        rows={rows}
        empty={<p>Nobody is in the audience. Import subscribers, or widen the segment.</p>}
        columns={[
          { heading: 'Outcome', cell: (row) => <Outcome row={row} /> },
          {
            heading: 'Representative',
            cell: ({ house, isOpen }) => (isOpen ? 'several possible' : <StanceMark stance={house} labels={labels} />),
          },
          { heading: 'Senators', cell: ({ senate }) => <Senators senate={senate} labels={labels} /> },
          { heading: 'Such as', isExtra: true, cell: ({ example }) => (example === '' ? 'no seat known' : example) },
          { heading: 'Variants', isFigure: true, isExtra: true, cell: (row) => count(row.variants) },
          {
            heading: 'Subscribers',
            isFigure: true,
            cell: ({ subscribers }) => (
              <>
                {count(subscribers)} <span class="soft">{share(subscribers, report.audience)}</span>
              </>
            ),
          },
        ]}
      />
    </section>
  )
}

function Outcome({ row }: { row: SendRow }) {
  return (
    <>
      {outcomeWords(row.outcome)} {row.isSkipped ? <Badge name="warn" words="skipped" /> : null}
    </>
  )
}

function Senators({ senate, labels }: { senate: readonly Stance[]; labels: Readonly<Record<Stance, string>> }) {
  if (senate.length === 0) return <span class="none">–</span>
  return (
    <>
      {senate.map((stance) => (
        <>
          <StanceMark stance={stance} labels={labels} />{' '}
        </>
      ))}
    </>
  )
}

/** A stance by its glyph, its colour and the campaign's own word. */
export function StanceMark({ stance, labels }: { stance: Stance | null; labels: Readonly<Record<Stance, string>> }) {
  if (stance === null) return <span class="none">–</span>
  return <Badge name={stance} words={`${STANCE_LOOKS[stance].glyph} ${labels[stance]}`} />
}
