// Sending domains: what receivers find in the DNS about them, what is expected, and what to do.
import type { Context } from 'hono'
import { fromDomains } from '../../../campaign/from-domains.ts'
import { openNames, type Names } from '../../../delivery/names.ts'
import type { DomainCheck } from '../../../delivery/sender-checks.ts'
import { checkDomains, type DomainReport } from '../../../delivery/sending-domains.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { done, showDesk } from '../frame.tsx'
import { Badge, When, ZoneNote } from '../parts/figures.tsx'
import { Act } from '../parts/form.tsx'
import { Table } from '../parts/table.tsx'
import { SettingsTabs } from './tabs.tsx'

const HERE = '/settings/domains'

/** So long an answer counts as fresh enough to be shown again. */
const FRESH_MS = 10 * 60_000

interface Checked {
  at: Date
  reports: readonly DomainReport[]
}

/** Adds the page and the button on it. */
export function domainPages(console: Console): void {
  domainPagesWith(openNames())(console)
}

/** The same with a DNS of one's choice. */
export function domainPagesWith(names: Names): (console: Console) => void {
  return (console) => {
    let last: Promise<Checked> | null = null
    let lastAt = Number.NEGATIVE_INFINITY
    const check = ({ site }: Desk): Promise<Checked> => {
      const at = site.clock.now()
      lastAt = at.getTime()
      last = fromDomains(site.db)
        .then((domains) => checkDomains(names, site.config, domains))
        .then((reports) => ({ at, reports }))
      return last
    }
    const known = async (desk: Desk): Promise<Checked> => {
      const isFresh = desk.site.clock.now().getTime() - lastAt < FRESH_MS
      return isFresh && last !== null ? await last.catch(() => check(desk)) : await check(desk)
    }

    console.get(HERE, 'settings.read', async (c, desk) => showDomains(c, desk, await known(desk)))
    console.post(`${HERE}/check`, 'settings.read', async (c, desk) => {
      const { reports } = await check(desk)
      const failing = reports.flatMap(({ checks }) => checks).filter(({ state }) => state === 'fail').length
      return done(
        c,
        desk,
        HERE,
        failing === 0
          ? 'Checked: nothing fails.'
          : `Checked: ${failing} ${failing === 1 ? 'thing fails' : 'things fail'}.`,
      )
    })
  }
}

function showDomains(c: Context, desk: Desk, { at, reports }: Checked) {
  return showDesk(
    c,
    desk,
    {
      title: 'Sending domains',
      section: 'settings',
      actions: <Act desk={desk} action={`${HERE}/check`} button="Check again" />,
    },
    <>
      <SettingsTabs desk={desk} here={HERE} />
      <p>
        What receivers find in the DNS about the domains that this installation writes from. Asked on{' '}
        <When desk={desk} at={at} seconds />.
      </p>
      {reports.map((report) => (
        <Report c={c} report={report} />
      ))}
      <ZoneNote desk={desk} />
    </>,
  )
}

const STATES: Readonly<Record<DomainCheck['state'], { name: string; words: string }>> = {
  pass: { name: 'pass', words: 'pass' },
  warning: { name: 'warning', words: 'warning' },
  fail: { name: 'failed', words: 'fails' },
  unknown: { name: 'unknown', words: 'not known' },
}

function Report({ c, report: { domain, uses, checks } }: { c: Context; report: DomainReport }) {
  return (
    <section>
      <h2>{domain}</h2>
      <p class="soft">{uses.join('; ')}</p>
      <Table
        c={c}
        caption={`Checks of ${domain}`}
        rows={checks}
        empty={<p>Nothing to check.</p>}
        columns={[
          {
            heading: 'Check, found and expected',
            cell: ({ name, state, found, expected, fix }) => (
              <>
                <p class="row">
                  <b>{name}</b> <Badge name={STATES[state].name} words={STATES[state].words} />
                </p>
                <p>
                  <code>{found}</code>
                </p>
                <p class="small">Expected: {expected}.</p>
                {fix === '' ? null : (
                  <p>
                    <b>To do:</b> {fix}.
                  </p>
                )}
              </>
            ),
          },
        ]}
      />
    </section>
  )
}
