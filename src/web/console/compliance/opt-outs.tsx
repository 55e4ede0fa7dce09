// The opt-out log: when each wish came, when it took effect, by which way.
import { latencyOfAll } from '../../../compliance/checks.ts'
import { listOptOuts, OPT_OUT_CHANNELS, type DeskOptOut } from '../../../compliance/ledger-lists.ts'
import { allPages } from '../../../compliance/all-pages.ts'
import type { Console } from '../console.ts'
import { csvAnswer } from '../parts/answers.tsx'
import { count, duration, Figure, When, ZoneNote } from '../parts/figures.tsx'
import { Form, Select } from '../parts/form.tsx'
import { Pager, Table } from '../parts/table.tsx'
import { choiceOf, FindForm, Key, showCompliance, soughtOf, SoughtNote, wishOf } from './tabs.tsx'
import { channelWords } from './words.ts'

const HERE = '/compliance/opt-outs'

/** Adds the log and its download. */
export function optOutPages(console: Console): void {
  console.get(HERE, 'compliance.read', async (c, desk) => {
    const { db } = desk.site
    const channel = choiceOf(c, 'channel', OPT_OUT_CHANNELS)
    const [page, latency] = await Promise.all([
      listOptOuts(db, { channel, keys: soughtOf(c) }, wishOf(c)),
      latencyOfAll(db),
    ])
    const time = (ms: number | null) => (ms === null ? '–' : duration(ms))
    return showCompliance(
      c,
      desk,
      {
        title: 'Opt-outs',
        here: HERE,
        actions: (
          <a
            class="button quiet"
            href={`${desk.root}${HERE}.csv${channel === null ? '' : `?channel=${channel}`}`}
            download
          >
            Download CSV
          </a>
        ),
      },
      <>
        <dl class="figures">
          <Figure words="Wishes" value={count(latency.wishes)} />
          <Figure words="99 of 100 within" value={time(latency.p99Ms)} note="the law gives days" />
          <Figure words="The slowest" value={time(latency.maxMs)} />
        </dl>
        <div class="columns">
          <FindForm desk={desk} to={HERE} />
          <Form method="get" class="filters">
            <Select
              name="channel"
              label="By way of"
              value={channel ?? ''}
              options={[['', 'any channel'], ...OPT_OUT_CHANNELS.map((each) => [each, channelWords(each)] as const)]}
            />
            <button class="quiet">Show</button>
          </Form>
        </div>
        <SoughtNote c={c} desk={desk} here={HERE} />
        <Table
          c={c}
          caption="Wishes to be left alone, the newest first"
          rows={page.rows}
          empty={<p>No wish fits.</p>}
          columns={[
            { heading: 'Asked', cell: ({ requestedAt }) => <When desk={desk} at={requestedAt} seconds /> },
            { heading: 'In effect after', isFigure: true, cell: (row) => duration(latencyMs(row)) },
            { heading: 'By way of', cell: ({ channel: way }) => channelWords(way) },
            { heading: 'Key', cell: ({ addressKey }) => <Key desk={desk} value={addressKey} to={HERE} /> },
            {
              heading: 'Answers campaign',
              isExtra: true,
              cell: ({ campaignId }) =>
                campaignId === null ? (
                  <span class="none">–</span>
                ) : (
                  <a href={`${desk.root}/campaigns/${campaignId}/report`}>{campaignId}</a>
                ),
            },
          ]}
        />
        <Pager c={c} page={page} />
        <ZoneNote desk={desk} />
      </>,
    )
  })
  console.get(`${HERE}.csv`, 'compliance.read', (c, desk) => {
    const channel = choiceOf(c, 'channel', OPT_OUT_CHANNELS)
    const pages = allPages((wish) => listOptOuts(desk.site.db, { channel, keys: null }, wish))
    return csvAnswer(
      c,
      'opt-outs.csv',
      ['id', 'address_key', 'channel', 'requested_at', 'effective_at', 'latency_ms', 'campaign', 'delivery'],
      cellsOf(pages),
    )
  })
}

async function* cellsOf(rows: AsyncIterable<DeskOptOut>): AsyncGenerator<string[]> {
  for await (const row of rows) {
    const { id, addressKey, channel, requestedAt, effectiveAt, campaignId, deliveryId } = row
    yield [
      id,
      addressKey,
      channel,
      requestedAt.toISOString(),
      effectiveAt.toISOString(),
      String(latencyMs(row)),
      campaignId ?? '',
      deliveryId ?? '',
    ]
  }
}

function latencyMs({ requestedAt, effectiveAt }: DeskOptOut): number {
  return effectiveAt.getTime() - requestedAt.getTime()
}
