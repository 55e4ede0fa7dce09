// The audit log: who did what, and the proof that the record still is what was written.
import type { Context } from 'hono'
import { allPages } from '../../../compliance/all-pages.ts'
import { auditWords, listAudit, type AuditFilter } from '../../../compliance/ledger-lists.ts'
import { recordAct, sealAudit, verifyAudit, type AuditEntry, type ChainCheck } from '../../../store/audit-entries.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { csvAnswer } from '../parts/answers.tsx'
import { count, When, ZoneNote } from '../parts/figures.tsx'
import { Field, Form, Select } from '../parts/form.tsx'
import { Pager, Table, withQuery } from '../parts/table.tsx'
import { showCompliance, wishOf } from './tabs.tsx'

const HERE = '/compliance/audit'

/** Adds the log, its proof and its download. */
export function auditPages(console: Console): void {
  console.get(HERE, 'compliance.read', (c, desk) => showLog(c, desk, '', null))
  console.post(`${HERE}/verify`, 'compliance.read', async (c, desk, form) => {
    const expected = (form['expected'] ?? '').trim().toLowerCase()
    if (expected !== '' && !/^[0-9a-f]{64}$/.test(expected))
      return showLog(c, desk, expected, 'A head has 64 digits, 0 to 9 and a to f.')
    await sealAudit(desk.site.db)
    return showLog(c, desk, expected, await verifyAudit(desk.site.db, expected === '' ? null : expected))
  })
  console.get(`${HERE}.csv`, 'compliance.read', async (c, desk) => {
    const { db } = desk.site
    const { acts } = await auditWords(db)
    await recordAct(db, { actor: desk.actor, act: 'download audit log', object: 'audit-log' })
    const rows = allPages((wish) => listAudit(db, filterOf(c), acts, wish))
    return csvAnswer(c, 'audit-log.csv', ['id', 'place', 'at', 'actor', 'act', 'object', 'reason'], cellsOf(rows))
  })
}

function filterOf(c: Context): AuditFilter {
  const given = (name: string) => (c.req.query(name) ?? '').trim() || null
  return { actor: given('actor'), act: given('act'), object: given('object') }
}

async function* cellsOf(rows: AsyncIterable<AuditEntry>): AsyncGenerator<string[]> {
  for await (const { id, place, at, actor, act, object, reason } of rows)
    yield [id, place ?? '', at.toISOString(), actor, act, object, reason]
}

async function showLog(c: Context, desk: Desk, expected: string, found: ChainCheck | string | null) {
  const { db } = desk.site
  const words = await auditWords(db)
  const filter = filterOf(c)
  const page = await listAudit(db, filter, words.acts, wishOf(c))
  const options = (all: string, values: readonly string[]) => [
    ['', all] as const,
    ...values.map((each) => [each, each] as const),
  ]
  return showCompliance(
    c,
    desk,
    {
      title: 'Audit log',
      here: HERE,
      actions: (
        <a class="button quiet" href={`${desk.root}${HERE}.csv${withQuery(c, { after: null, before: null })}`} download>
          Download CSV
        </a>
      ),
    },
    <>
      <Verify desk={desk} expected={expected} found={found} />
      <form class="filters" method="get" action={desk.root + HERE}>
        <Select name="actor" label="Who" value={filter.actor ?? ''} options={options('anybody', words.actors)} />
        <Select name="act" label="Did what" value={filter.act ?? ''} options={options('anything', words.acts)} />
        <Field
          name="object"
          label="To what"
          value={filter.object}
          placeholder="campaign/dream-act-2017"
          maxlength={200}
        />
        <button class="quiet">Show</button>
      </form>
      <Table
        c={c}
        caption="Audit entries, the newest first"
        rows={page.rows}
        empty={<p>Nothing in the log fits.</p>}
        columns={[
          { heading: 'When', cell: ({ at }) => <When desk={desk} at={at} seconds /> },
          { heading: 'Who', cell: ({ actor }) => actor },
          { heading: 'Did what', cell: ({ act }) => act },
          { heading: 'To what', cell: ({ object }) => <ToWhat desk={desk} object={object} /> },
          { heading: 'Why', isExtra: true, cell: ({ reason }) => reason },
          {
            heading: 'Place',
            isFigure: true,
            isExtra: true,
            cell: ({ place }) => (place === null ? <span class="none">soon</span> : count(place)),
          },
        ]}
      />
      <Pager c={c} page={page} />
      <ZoneNote desk={desk} />
    </>,
    typeof found === 'string' ? 422 : 200,
  )
}

function ToWhat({ desk, object }: { desk: Desk; object: string }) {
  const [kind = '', id = ''] = object.split('/')
  const link: Readonly<Record<string, string>> = {
    address: `/compliance/suppressions?key=${id}`,
    'data-request': `/compliance/requests/${id}`,
    campaign: `/campaigns/${id}/check`,
  }
  const text = kind === 'address' ? `address/${id.slice(0, 12)}` : object
  const path = link[kind]
  return path === undefined || id === '' ? <>{text}</> : <a href={desk.root + path}>{text}</a>
}

function Verify({ desk, expected, found }: { desk: Desk; expected: string; found: ChainCheck | string | null }) {
  return (
    <section class="sheet">
      <h2>Does the record still hold?</h2>
      {found === null || typeof found === 'string' ? (
        <p>Every entry carries the hash of the one before it. The proof computes them all anew.</p>
      ) : (
        <Verdict found={found} />
      )}
      <Form desk={desk} action={`${HERE}/verify`} class="filters">
        <Field
          name="expected"
          label="A head that was written down earlier, if there is one"
          hint="It must still be in the chain: then nothing was cut off the end."
          value={expected}
          error={typeof found === 'string' ? found : ''}
          maxlength={64}
        />
        <button>Verify the chain</button>
      </Form>
    </section>
  )
}

function Verdict({ found: { sound, broken, head } }: { found: ChainCheck }) {
  return (
    <div class={`notice ${broken === null ? 'good' : 'bad'}`} role="status">
      <p>
        {broken === null
          ? `${count(sound)} entries, the chain holds.`
          : `Broken at entry ${count(broken.place)}: ${broken.why}. ${count(sound)} entries before it hold.`}
      </p>
      <p>
        Its head is <code>{head || 'empty'}</code>. Write it down elsewhere.
      </p>
    </div>
  )
}
