// Composing a campaign: one file or the form at a time, the preview of what is typed, and saving it as the next revision.
import type { Context } from 'hono'
import { currentRevision, findCampaign, type CampaignRow, type Revision } from '../../../campaign/campaigns.ts'
import { LAUNCHED_STATES } from '../../../campaign/campaign.ts'
import { createCombinationCounter } from '../../../campaign/combinations.ts'
import { createDraftConverter } from '../../../campaign/draft-converter.ts'
import { FIELDS, fileNames, withEdit, withoutPartial, withPartial, type Edited } from '../../../campaign/draft-files.ts'
import type { TemplateFiles } from '../../../campaign/folder.ts'
import { lineDiff } from '../../../campaign/line-diff.ts'
import { formValues } from '../../../campaign/manifest-form.ts'
import { saveDraft, type SaveResult } from '../../../campaign/save-draft.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Problem } from '../../../message/problem.ts'
import type { Site } from '../../site.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done } from '../frame.tsx'
import { Act, Field, Form } from '../parts/form.tsx'
import { Diff, FieldsEditor, FileTabs, ProblemList, TextEditor } from './compose-editor.tsx'
import { RevisionList } from './compose-revisions.tsx'
import { showCampaign } from './frame.tsx'
import { Combinations, makePreview, PreviewControls, PreviewPane, type Press, type Shown } from './preview.tsx'
import { Voids } from './votes.tsx'

/** A page as somebody sees it: what is open, what they typed, and what came of it. */
interface View {
  campaign: CampaignRow
  revision: Revision
  file: string
  form: FormFields
  /** Null: as it is saved. */
  edit: Edited | null
  shown: Shown | null
  result: Extract<SaveResult, { kind: 'stale' | 'refused' }> | null
  error: RollcallError | null
}

/** Adds the page, its saving and its live preview. */
export function composePages(console: Console): void {
  let press: Press | undefined
  const pressOf = ({ clock }: Site): Press =>
    (press ??= { convert: createDraftConverter(), counter: createCombinationCounter(clock) })

  console.get('/campaigns/:id/compose', 'campaigns.read', async (c, desk) => {
    const view = await open(c, desk, {})
    const form = { file: view.file }
    const shown = await makePreview(desk, view.campaign, view.revision.files, form, pressOf(desk.site))
    return showCompose(c, desk, { ...view, form, shown })
  })

  console.post('/campaigns/:id/compose', 'campaigns.write', async (c, desk, form) => {
    const view = await open(c, desk, form)
    const files = typedFiles(view)
    if (files instanceof RollcallError) return showCompose(c, desk, { ...view, error: files })
    const { site, actor } = desk
    const basedOn = Number(form['revision'])
    const result = await saveDraft(site.db, view.campaign.id, files, { actor, clock: site.clock, basedOn })
    if (result.kind === 'saved' || result.kind === 'unchanged') {
      return done(c, desk, `${pathOf(view.campaign)}?file=${encodeURIComponent(view.file)}`, sentenceOf(result))
    }
    return showCompose(c, desk, { ...view, result })
  })

  // What is typed is shown, not saved: whoever may look may try.
  console.post('/campaigns/:id/compose/preview', 'campaigns.read', async (c, desk, given) => {
    const form = given['go'] === undefined ? given : { ...given, combination: given['go'], who: 'combination' }
    const view = await open(c, desk, form)
    const files = typedFiles(view)
    const shown =
      files instanceof RollcallError
        ? refusedPreview(files)
        : await makePreview(desk, view.campaign, files, form, pressOf(desk.site))
    // A script asked for the parts that change; a button for the page.
    if (c.req.header('sec-fetch-dest') === 'empty') return c.html(<Changing desk={desk} view={{ ...view, shown }} />)
    return showCompose(c, desk, { ...view, shown })
  })

  console.post('/campaigns/:id/compose/add', 'campaigns.write', (c, desk, form) =>
    changeFiles(
      c,
      desk,
      form,
      (files) => withPartial(files, form['name'] ?? ''),
      `partials/${(form['name'] ?? '').trim()}`,
    ),
  )
  console.post('/campaigns/:id/compose/remove', 'campaigns.write', (c, desk, form) =>
    changeFiles(c, desk, form, (files) => withoutPartial(files, form['path'] ?? ''), 'body.mjml'),
  )
}

async function open(c: Context, desk: Desk, form: FormFields): Promise<View> {
  const { db } = desk.site
  const campaign = await findCampaign(db, c.req.param('id') ?? '')
  const revision = await currentRevision(db, campaign)
  const wanted = form['file'] ?? c.req.query('file') ?? FIELDS
  const isKnown = wanted === FIELDS || Object.hasOwn(revision.files, wanted)
  // A manifest that is no YAML has no fields.
  const file = isKnown && !(wanted === FIELDS && formOf(revision.files) === null) ? wanted : 'campaign.yaml'
  return { campaign, revision, file, form, edit: editOf(file, form), shown: null, result: null, error: null }
}

function formOf(files: TemplateFiles) {
  return formValues(files['campaign.yaml'] ?? '')
}

function editOf(file: string, form: FormFields): Edited | null {
  if (file === FIELDS) return form['subject'] === undefined ? null : { file: FIELDS, typed: form }
  return form['text'] === undefined ? null : { file, text: form['text'] }
}

/** Returns the files with what was typed, or why they cannot be made. */
function typedFiles({ revision, edit }: View): TemplateFiles | RollcallError {
  if (edit === null) return revision.files
  try {
    return withEdit(revision.files, edit)
  } catch (error) {
    if (error instanceof RollcallError) return error
    throw error
  }
}

function refusedPreview({ code, message, hint }: RollcallError): Shown {
  const problem: Problem = { severity: 'error', code, message, ...(hint === undefined ? {} : { hint }) }
  return { result: { ok: false, problems: [problem] }, keptId: null, wishError: '' }
}

function pathOf({ id }: CampaignRow): string {
  return `/campaigns/${id}/compose`
}

/** Says what a save has done to the campaign. */
function sentenceOf(result: Extract<SaveResult, { kind: 'saved' | 'unchanged' }>): string {
  if (result.kind === 'unchanged') return 'Nothing has changed, so nothing was saved.'
  return `Saved as revision ${result.revision}.${result.voidsApproval ? ' The approval is void: somebody must approve it again.' : ''}`
}

async function changeFiles(
  c: Context,
  desk: Desk,
  form: FormFields,
  change: (files: TemplateFiles) => TemplateFiles,
  file: string,
): Promise<Response> {
  const view = await open(c, desk, {})
  const { site, actor } = desk
  try {
    const act = { actor, clock: site.clock, basedOn: Number(form['revision']) }
    const result = await saveDraft(site.db, view.campaign.id, change(view.revision.files), act)
    if (result.kind === 'saved' || result.kind === 'unchanged')
      return await done(c, desk, `${pathOf(view.campaign)}?file=${encodeURIComponent(file)}`, sentenceOf(result))
    return showCompose(c, desk, { ...view, result })
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    return showCompose(c, desk, { ...view, error })
  }
}

function showCompose(c: Context, desk: Desk, view: View) {
  const { campaign, revision, file, result, error } = view
  const base = desk.root + pathOf(campaign)
  const isFrozen = !desk.can('campaigns.write') || LAUNCHED_STATES.includes(campaign.state)
  const problems = problemsOf(view)
  const preview = `${pathOf(campaign)}/preview`
  const body = (
    <>
      <Voids campaign={campaign} canEdit={!isFrozen} />
      {error === null ? null : (
        <div class="notice bad" role="alert">
          <p>{error.message}</p>
          {error.hint === undefined ? null : <p>{error.hint}</p>}
        </div>
      )}
      {result?.kind === 'refused' ? (
        <p class="notice bad" role="alert">
          Not saved: the problems say why. What you typed is still here.
        </p>
      ) : null}
      {result?.kind === 'stale' ? <Stale view={view} result={result} base={base} /> : null}
      <FileTabs files={fileNames(revision.files)} file={file} base={base} problems={problems} />
      <form id="compose" method="post" action={base} data-preview={desk.root + preview} class="compose">
        <input type="hidden" name="csrf" value={desk.csrf} />
        <input type="hidden" name="file" value={file} />
        <input type="hidden" name="revision" value={result?.kind === 'stale' ? result.revision : basisOf(view)} />
        <div class="writing" data-guard={view.edit === null ? 'saved' : 'unsaved'}>
          <EditorOf view={view} isFrozen={isFrozen} />
          {isFrozen ? null : (
            <div class="row save">
              <button>Save as a revision</button>
              <span class="soft">Revision {revision.revision} is the newest.</span>
              <a class="narrow-only" href="#problems">
                Problems and preview
              </a>
            </div>
          )}
        </div>
        <div class="showing">
          <ProblemList problems={problems} file={file} base={base} />
          <PreviewControls desk={desk} form={view.form} action={preview} />
          <Combinations desk={desk} shown={view.shown} form={view.form} action={preview} />
          <PreviewPane desk={desk} shown={view.shown} form={view.form} />
        </div>
      </form>
      {isFrozen ? null : <Partials desk={desk} view={view} />}
      <RevisionList desk={desk} campaignId={campaign.id} current={revision.revision} />
    </>
  )
  const status = result?.kind === 'stale' ? 409 : result !== null || error !== null ? 422 : 200
  return showCampaign(c, desk, { campaign, page: 'compose' }, body, status)
}

/** A page that was refused is still based on the revision it was opened with. */
function basisOf({ form, revision }: View): number {
  const basis = Number(form['revision'])
  return Number.isInteger(basis) && basis > 0 ? basis : revision.revision
}

function problemsOf({ shown, result }: View): readonly Problem[] {
  if (result?.kind === 'refused') return result.problems
  return shown?.result.problems ?? []
}

function EditorOf({ view, isFrozen }: { view: View; isFrozen: boolean }) {
  const { file, edit, revision } = view
  if (file === FIELDS) {
    const typed = edit !== null && 'typed' in edit ? edit.typed : {}
    return <FieldsEditor values={{ ...formOf(revision.files), ...typed }} isFrozen={isFrozen} />
  }
  const text = edit !== null && 'text' in edit ? edit.text.replace(/\r\n?/g, '\n') : (revision.files[file] ?? '')
  return <TextEditor file={file} text={text} isFrozen={isFrozen} />
}

/** Everything that changes while somebody types. */
function Changing({ desk, view }: { desk: Desk; view: View }) {
  const base = desk.root + pathOf(view.campaign)
  return (
    <>
      <ProblemList problems={problemsOf(view)} file={view.file} base={base} />
      <Combinations desk={desk} shown={view.shown} form={view.form} action={`${pathOf(view.campaign)}/preview`} />
      <PreviewPane desk={desk} shown={view.shown} form={view.form} />
    </>
  )
}

/** Somebody else was faster: who, and what their text has that this one has not. */
function Stale({ view, result, base }: { view: View; result: SaveResult & { kind: 'stale' }; base: string }) {
  const name = view.file === FIELDS ? 'campaign.yaml' : view.file
  const mine = typedFiles(view)
  const text = mine instanceof RollcallError ? '' : (mine[name] ?? '')
  const theirs = result.files[name] ?? ''
  const author = result.author ?? 'Somebody'
  return (
    <div class="notice warn" role="alert">
      <p>
        Not saved: {author} has saved revision {result.revision} since you began. What you typed is below, and nothing
        of it is lost.
      </p>
      <Diff lines={lineDiff(theirs, text)} before={`${author}, revision ${result.revision}`} after="you" />
      <p>
        Saving again puts your {name} in the place of theirs.{' '}
        <a href={`${base}?file=${encodeURIComponent(view.file)}`}>Look at theirs instead</a>
      </p>
    </div>
  )
}

function Partials({ desk, view }: { desk: Desk; view: View }) {
  const { campaign, revision, file, form } = view
  return (
    <details class="sheet" {...(form['name'] === undefined ? {} : { open: true })}>
      <summary>Partials: add one, take one out</summary>
      <Form desk={desk} action={`${pathOf(campaign)}/add`} class="row">
        <input type="hidden" name="revision" value={revision.revision} />
        <Field name="name" label="File name" hint="footer.mjml or footer.txt.hbs" maxlength={80} required />
        <button class="quiet">Add it</button>
      </Form>
      {file.startsWith('partials/') ? (
        <Act
          desk={desk}
          action={`${pathOf(campaign)}/remove`}
          button={`Take ${file} out`}
          look="danger"
          fields={{ path: file, revision: String(revision.revision) }}
        />
      ) : null}
    </details>
  )
}
