// Settings as they are in force: what, from where, what for; transports and templates beside them.
import type { Context } from 'hono'
import { listTemplates } from '../../../campaign/begin.ts'
import { settingValues, type SettingValue } from '../../../config/values.ts'
import { pausedLanes, type LanePause } from '../../../delivery/lanes.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { showDesk } from '../frame.tsx'
import { Badge, When, ZoneNote } from '../parts/figures.tsx'
import { Table } from '../parts/table.tsx'
import { SettingsTabs } from './tabs.tsx'

/** Adds the page. */
export function valuePages(console: Console): void {
  console.get('/settings/values', 'settings.read', async (c, desk) => {
    const { config, db } = desk.site
    const [paused, templates] = await Promise.all([pausedLanes(db), listTemplates()])
    return showDesk(
      c,
      desk,
      { title: 'Settings', section: 'settings' },
      <>
        <SettingsTabs desk={desk} here="/settings/values" />
        <div class="columns">
          <Transports desk={desk} names={config.ROLLCALL_TRANSPORT} paused={paused} />
          <Templates desk={desk} templates={templates} />
        </div>
        <Values c={c} values={settingValues(config)} />
        <ZoneNote desk={desk} />
      </>,
    )
  })
}

function Transports({ desk, names, paused }: { desk: Desk; names: readonly string[]; paused: readonly LanePause[] }) {
  const pauseOf = new Map(paused.map((lane) => [lane.transport, lane]))
  return (
    <section class="sheet">
      <h2>Transports, the first that works is used</h2>
      <ol>
        {names.map((name) => {
          const pause = pauseOf.get(name)
          return (
            <li>
              <b>{name}</b>{' '}
              {pause === undefined ? (
                <Badge name="good" words="open" />
              ) : (
                <>
                  <Badge name="paused" /> {pause.reason}, until <When desk={desk} at={pause.until} />
                </>
              )}
            </li>
          )
        })}
      </ol>
      {desk.can('campaigns.read') ? (
        <p>
          <a href={`${desk.root}/transports`}>Rates and limits of transports</a>
        </p>
      ) : null}
    </section>
  )
}

function Templates({ desk, templates }: { desk: Desk; templates: readonly { name: string; title: string }[] }) {
  return (
    <section class="sheet">
      <h2>Templates</h2>
      {templates.length === 0 ? (
        <p>There are none in the folder templates/. A campaign can begin from scratch.</p>
      ) : null}
      <ul>
        {templates.map(({ name, title }) => (
          <li>
            <b>{title}</b> <code>{name}</code>
          </li>
        ))}
      </ul>
      {desk.can('campaigns.write') ? (
        <p>
          <a href={`${desk.root}/campaigns/new`}>Make a campaign from one</a>
        </p>
      ) : null}
    </section>
  )
}

function Values({ c, values }: { c: Context; values: readonly SettingValue[] }) {
  return (
    <>
      <h2>Values in force</h2>
      <p>
        They come from the environment and from .env, and are read when a process starts. Passwords and keys are never
        shown.
      </p>
      <Table
        c={c}
        caption="Settings in force"
        rows={values}
        empty={<p>None.</p>}
        columns={[
          {
            heading: 'Setting and value',
            cell: (setting) => (
              <>
                <code>{setting.name}</code>
                <p>
                  <Value setting={setting} />
                </p>
                <p class="small">{setting.text.replaceAll('`', '')}</p>
              </>
            ),
          },
          {
            heading: 'From',
            cell: ({ source }) => (source === 'default' ? <span class="soft">default</span> : <b>{source}</b>),
          },
        ]}
      />
    </>
  )
}

function Value({ setting: { value, isHidden } }: { setting: SettingValue }) {
  if (isHidden) return <span class="soft">set, not shown</span>
  return value === '' ? <span class="none">not set</span> : <b class="code">{value}</b>
}
