// The revisions of a campaign: who wrote which when, what one has that the newest has not, and the way back to it.
import type { Context } from 'hono'
import { currentRevision, findCampaign } from '../../../campaign/campaigns.ts'
import { LAUNCHED_STATES } from '../../../campaign/campaign.ts'
import { problemLine } from '../../../campaign/create.ts'
import { lineDiff } from '../../../campaign/line-diff.ts'
import { listRevisions, readRevision, type RevisionEntry } from '../../../campaign/revisions.ts'
import { goBackTo } from '../../../campaign/save-draft.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { done } from '../frame.tsx'
import { When } from '../parts/figures.tsx'
import { Act } from '../parts/form.tsx'
import { Table } from '../parts/table.tsx'
import { Diff } from './compose-editor.tsx'
import { showCampaign } from './frame.tsx'

/** Adds the list, the look at one, and going back. */
export function revisionPages(console: Console): void {
  console.get('/campaigns/:id/revisions', 'campaigns.read', async (c, desk) => {
    const { db } = desk.site
    const campaign = await findCampaign(db, c.req.param('id') ?? '')
    const revisions = await listRevisions(db, campaign.id, 500)
    return showCampaign(
      c,
      desk,
      { campaign, page: 'compose' },
      <RevisionTable c={c} desk={desk} campaignId={campaign.id} revisions={revisions} />,
    )
  })
  console.get('/campaigns/:id/revisions/:revision', 'campaigns.read', (c, desk) => showRevision(c, desk))
  console.post('/campaigns/:id/revisions/:revision/back', 'campaigns.write', async (c, desk, form) => {
    const { site, actor } = desk
    const id = c.req.param('id') ?? ''
    const revision = Number(c.req.param('revision'))
    const result = await goBackTo(site.db, id, revision, {
      actor,
      clock: site.clock,
      basedOn: Number(form['revision']),
    })
    const path = `/campaigns/${id}/compose`
    if (result.kind === 'unchanged') return done(c, desk, path, 'The newest revision says the same already.')
    if (result.kind === 'saved') {
      const voided = result.voidsApproval ? ' The approval is void.' : ''
      return done(c, desk, path, `Revision ${result.revision} says what revision ${revision} said.${voided}`)
    }
    if (result.kind === 'refused') {
      throw new RollcallError('bad_manifest', result.problems.map(problemLine).join('\n'), { kind: 'usage' })
    }
    throw new RollcallError('stale_revision', `${result.author ?? 'Somebody'} has saved revision ${result.revision}`, {
      hint: 'look at it first',
      kind: 'usage',
    })
  })
}

async function showRevision(c: Context, desk: Desk) {
  const { db } = desk.site
  const campaign = await findCampaign(db, c.req.param('id') ?? '')
  const number = Number(c.req.param('revision'))
  const old = await readRevision(db, campaign.id, Number.isSafeInteger(number) && number < 2 ** 31 ? number : 0)
  const current = await currentRevision(db, campaign)
  const names = [...new Set([...Object.keys(old.files), ...Object.keys(current.files)])].sort()
  const changed = names.filter((name) => old.files[name] !== current.files[name])
  const canEdit = desk.can('campaigns.write') && !LAUNCHED_STATES.includes(campaign.state)
  return showCampaign(
    c,
    desk,
    { campaign, page: 'compose' },
    <>
      <h3>
        Revision {old.revision}, by {old.author ?? 'somebody'}, <When desk={desk} at={old.createdAt} />
      </h3>
      {changed.length === 0 ? <p>It says what the newest one says.</p> : null}
      {canEdit && changed.length > 0 ? (
        <div class="save">
          <Act
            desk={desk}
            action={`/campaigns/${campaign.id}/revisions/${old.revision}/back`}
            button={`Go back to revision ${old.revision}`}
            fields={{ revision: String(current.revision) }}
          />
        </div>
      ) : null}
      {changed.map((name) => (
        <section class="sheet">
          <h3 class="code">{name}</h3>
          <Diff
            lines={lineDiff(old.files[name] ?? '', current.files[name] ?? '')}
            before={`revision ${old.revision}`}
            after={`revision ${current.revision}, the newest`}
          />
        </section>
      ))}
      <details class="sheet">
        <summary>All files of revision {old.revision}</summary>
        {names.map((name) =>
          old.files[name] === undefined ? null : (
            <>
              <h3 class="code">{name}</h3>
              <pre tabindex={0}>{old.files[name]}</pre>
            </>
          ),
        )}
      </details>
    </>,
  )
}

/** The way from the compose page to the revisions. */
export function RevisionList({ desk, campaignId, current }: { desk: Desk; campaignId: string; current: number }) {
  return (
    <p>
      <a href={`${desk.root}/campaigns/${campaignId}/revisions`}>
        {current === 1 ? 'The one revision there is' : `All ${current} revisions: who wrote which, and the way back`}
      </a>
    </p>
  )
}

interface RevisionTableProps {
  c: Context
  desk: Desk
  campaignId: string
  revisions: readonly RevisionEntry[]
}

function RevisionTable({ c, desk, campaignId, revisions }: RevisionTableProps) {
  return (
    <Table
      c={c}
      caption="Revisions, the newest first"
      rows={revisions}
      empty="There is none."
      columns={[
        {
          heading: 'Revision',
          cell: ({ revision }) => (
            <a href={`${desk.root}/campaigns/${campaignId}/revisions/${revision}`}>Revision {revision}</a>
          ),
        },
        { heading: 'By', cell: ({ author }) => author ?? <span class="none">not noted</span> },
        { heading: 'Saved', cell: ({ createdAt }) => <When desk={desk} at={createdAt} seconds /> },
        {
          heading: 'Content',
          isExtra: true,
          cell: ({ contentHash }) => <span class="code">{contentHash.slice(0, 12)}</span>,
        },
      ]}
    />
  )
}
