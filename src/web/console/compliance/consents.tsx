// The consent ledger: how we know that we may write, or may not; one person, or the latest of all.
import { consentState } from '../../../audience/consents.ts'
import { isWholeKey } from '../../../compliance/key-range.ts'
import { CONSENT_ACTS, listConsents, type DeskConsent } from '../../../compliance/ledger-lists.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { Badge, When, ZoneNote } from '../parts/figures.tsx'
import { Form, Select } from '../parts/form.tsx'
import { Pager, Table } from '../parts/table.tsx'
import { choiceOf, FindForm, Key, showCompliance, soughtOf, SoughtNote, wishOf } from './tabs.tsx'

const HERE = '/compliance/consents'

/** Adds the page. */
export function consentPages(console: Console): void {
  console.get(HERE, 'compliance.read', async (c, desk) => {
    const { db } = desk.site
    const act = choiceOf(c, 'act', CONSENT_ACTS)
    const keys = soughtOf(c)
    const isPerson = keys !== null && isWholeKey(keys)
    const [page, state] = await Promise.all([
      listConsents(db, { act, keys }, wishOf(c)),
      isPerson ? consentState(db, keys.from) : null,
    ])
    return showCompliance(
      c,
      desk,
      { title: 'Consent ledger', here: HERE },
      <>
        <div class="columns">
          <FindForm desk={desk} to={HERE} />
          <Form method="get" class="filters">
            {keys === null ? null : <input type="hidden" name="key" value={c.req.query('key')} />}
            <Select
              name="act"
              label="Act"
              value={act ?? ''}
              options={[['', 'any act'], ...CONSENT_ACTS.map((each) => [each, each] as const)]}
            />
            <button class="quiet">Show</button>
          </Form>
        </div>
        <SoughtNote c={c} desk={desk} here={HERE} />
        {state === null ? null : (
          <p class={`notice ${state.mayBeWrittenTo ? 'good' : 'bad'}`}>
            {state.mayBeWrittenTo ? 'May be written to' : 'Must not be written to'}: {state.act} ({state.basis}) since{' '}
            <When desk={desk} at={state.at} />
            {state.expiresAt === null ? null : (
              <>
                , until <When desk={desk} at={state.expiresAt} />
              </>
            )}
          </p>
        )}
        <Table
          c={c}
          caption="Acts of consent, the newest first"
          rows={page.rows}
          empty={
            <p>{keys === null ? 'Nothing is in the ledger that fits.' : 'The ledger knows nothing of this address.'}</p>
          }
          columns={[
            { heading: 'When', cell: ({ at }) => <When desk={desk} at={at} /> },
            { heading: 'Act', cell: (row) => <Badge name={TONES[row.act]} words={row.act} /> },
            { heading: 'Why', cell: ({ basis }) => basis },
            { heading: 'Evidence', isExtra: true, cell: (row) => <Evidence desk={desk} row={row} /> },
            { heading: 'Key', cell: ({ addressKey }) => <Key desk={desk} value={addressKey} to={HERE} /> },
          ]}
        />
        <Pager c={c} page={page} />
        <ZoneNote desk={desk} />
      </>,
    )
  })
}

const TONES: Readonly<Record<DeskConsent['act'], string>> = {
  imported: 'imported',
  subscribed: 'good',
  suppressed: 'suppressed',
  released: 'warn',
}

function Evidence({ desk, row }: { desk: Desk; row: DeskConsent }) {
  const told = Object.entries(row.evidence).filter(([, value]) => value !== '' && value !== null)
  return (
    <>
      {told.map(([name, value]) => (
        <div>
          <span class="soft">{name}:</span> {typeof value === 'string' ? value : JSON.stringify(value)}
        </div>
      ))}
      {row.importId === null ? null : <div>import {row.importId}</div>}
      {row.wording === null || row.wording === undefined ? null : <div>wording {row.wording}</div>}
      {row.ipNetwork === null || row.ipNetwork === undefined ? null : <div>from {row.ipNetwork}</div>}
      {row.expiresAt === null || row.expiresAt === undefined ? null : (
        <div>
          until <When desk={desk} at={row.expiresAt} />
        </div>
      )}
    </>
  )
}
