// Previews: the message of unsaved text, shown in a frame that can do nothing but be looked at (threat T13).
import type { Context } from 'hono'
import { keepPreview, readPreview } from '../../../campaign/kept-previews.ts'
import type { CampaignRow } from '../../../campaign/campaigns.ts'
import type { Combination, CombinationCounter } from '../../../campaign/combinations.ts'
import { previewDraft, type DraftPreview, type PreviewWish } from '../../../campaign/draft-preview.ts'
import type { DraftConverter } from '../../../campaign/draft-converter.ts'
import type { TemplateFiles } from '../../../campaign/folder.ts'
import { addressKey, parseAddress } from '../../../core/address.ts'
import { parseZip } from '../../../congress/zip.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { showNowhere } from '../frame.tsx'
import { Badge, count } from '../parts/figures.tsx'

/** Nothing runs, nothing is sent, nothing is navigated; pictures and styles show. */
const FRAME_POLICY = [
  'sandbox',
  "default-src 'none'",
  'img-src https: data:',
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ')

/** Adds the routes that serve kept previews. */
export function previewPages(console: Console): void {
  console.get('/previews/:preview/html', 'campaigns.read', async (c, desk) => {
    const kept = await read(c, desk)
    if (kept === null) return showNowhere(c, desk)
    headers(c)
    return c.body(kept.html, 200, { 'Content-Type': 'text/html; charset=utf-8' })
  })
  console.get('/previews/:preview/eml', 'campaigns.read', async (c, desk) => {
    const kept = await read(c, desk)
    if (kept === null) return showNowhere(c, desk)
    headers(c)
    c.header('Content-Disposition', 'attachment; filename="preview.eml"')
    return c.body(kept.eml, 200, { 'Content-Type': 'message/rfc822' })
  })
}

function read(c: Context, { site, account }: Desk) {
  return readPreview(site.db, account.id, c.req.param('preview') ?? '', site.clock.now())
}

function headers(c: Context): void {
  c.header('Content-Security-Policy', FRAME_POLICY)
  c.header('X-Frame-Options', 'SAMEORIGIN')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Referrer-Policy', 'no-referrer')
  c.header('Cache-Control', 'no-store')
}

/** A preview as the page shows it. */
export interface Shown {
  result: DraftPreview
  /** Of the kept preview; null when there is none. */
  keptId: string | null
  /** What is wrong with the ZIP or the address that was typed; '' for nothing. */
  wishError: string
}

/** What makes previews quick: one serves a whole process. */
export interface Press {
  convert: DraftConverter
  counter: CombinationCounter
}

/** Makes and keeps the preview that a form asks for. */
export async function makePreview(
  desk: Desk,
  campaign: CampaignRow,
  files: TemplateFiles,
  form: FormFields,
  press: Press,
): Promise<Shown> {
  const { db, sender, clock } = desk.site
  const { wish, wishError } = wishOf(desk, form)
  const result = await previewDraft({ db, sender, clock, ...press }, campaign, files, wish)
  if (!result.ok) return { result, keptId: null, wishError }
  const { message } = result.preview
  const kept = { html: message.html, text: message.text, eml: message.raw().toString('utf8') }
  return { result, keptId: await keepPreview(db, desk.account.id, kept, clock.now()), wishError }
}

function wishOf(desk: Desk, form: FormFields): { wish: PreviewWish; wishError: string } {
  const commonest: PreviewWish = { kind: 'combination', number: Number(form['combination'] ?? 0) || 0 }
  if (form['who'] === 'zip') {
    const typed = (form['zip'] ?? '').trim()
    const zip = parseZip(typed)?.zip ?? null
    const wishError = typed === '' || zip !== null ? '' : `"${typed}" is no ZIP code; write five digits.`
    return { wish: { kind: 'zip', zip }, wishError }
  }
  if (form['who'] === 'person' && desk.can('subscribers.read')) {
    const typed = (form['address'] ?? '').trim()
    const parsed = parseAddress(typed)
    if (parsed.ok)
      return {
        wish: { kind: 'person', addressKey: addressKey(desk.site.addressKey, parsed.address.normalised) },
        wishError: '',
      }
    return { wish: commonest, wishError: typed === '' ? 'Write the address of a subscriber.' : `${parsed.problem}.` }
  }
  return { wish: commonest, wishError: '' }
}

/** Whom the preview is for, and how it is looked at: fields of the editor's form. */
export function PreviewControls({ desk, form, action }: { desk: Desk; form: FormFields; action: string }) {
  const who = form['who'] ?? 'combination'
  return (
    <fieldset class="previewing">
      <legend>Preview</legend>
      <div class="row choice">
        <Choice name="who" value="combination" chosen={who} words="A combination" />
        <Choice name="who" value="zip" chosen={who} words="A ZIP" />
        {desk.can('subscribers.read') ? <Choice name="who" value="person" chosen={who} words="A person" /> : null}
      </div>
      <div class="wish wish-zip">
        <label for="f-zip">ZIP</label>
        <input id="f-zip" name="zip" value={form['zip'] ?? ''} inputmode="numeric" maxlength={10} size={10} />
      </div>
      {desk.can('subscribers.read') ? (
        <div class="wish wish-person">
          <label for="f-address">Address of a subscriber</label>
          <input id="f-address" name="address" value={form['address'] ?? ''} autocomplete="off" maxlength={254} />
        </div>
      ) : null}
      <div class="row choice">
        <Choice name="view" value="html" chosen={form['view'] ?? 'html'} words="HTML" />
        <Choice name="view" value="text" chosen={form['view'] ?? 'html'} words="Text" />
        <Choice name="view" value="source" chosen={form['view'] ?? 'html'} words="Source" />
        <span class="gap"></span>
        <Choice name="width" value="phone" chosen={form['width'] ?? 'desktop'} words="Phone" />
        <Choice name="width" value="desktop" chosen={form['width'] ?? 'desktop'} words="Desktop" />
      </div>
      <button class="quiet" formaction={desk.root + action} formnovalidate>
        Show the preview
      </button>
    </fieldset>
  )
}

function Choice({ name, value, chosen, words }: { name: string; value: string; chosen: string; words: string }) {
  return (
    <label class="pick">
      <input type="radio" name={name} value={value} {...(value === chosen ? { checked: true } : {})} /> {words}
    </label>
  )
}

/** The message, or a word about why there is none. The parts have ids: answers replace them. */
export function PreviewPane({ desk, shown, form }: { desk: Desk; shown: Shown | null; form: FormFields }) {
  if (shown === null) {
    return (
      <div id="preview" class="preview">
        <p class="soft">The preview comes here.</p>
      </div>
    )
  }
  const { result, keptId, wishError } = shown
  return (
    <div id="preview" class="preview">
      {wishError === '' ? null : (
        <p class="error" role="alert">
          {wishError}
        </p>
      )}
      {result.ok && keptId !== null ? (
        <Message desk={desk} result={result} keptId={keptId} form={form} />
      ) : (
        <p class="notice bad">There is no message to show: the problems say why.</p>
      )}
    </div>
  )
}

function Message({
  desk,
  result,
  keptId,
  form,
}: {
  desk: Desk
  result: DraftPreview & { ok: true }
  keptId: string
  form: FormFields
}) {
  const { message, match } = result.preview
  const base = `${desk.root}/previews/${keptId}`
  const view = form['view'] ?? 'html'
  return (
    <>
      <dl class="facts head">
        <dt>Subject</dt>
        <dd>
          <b>{message.subject}</b>
        </dd>
        <dt>From</dt>
        <dd>
          {message.from.name} &lt;{message.from.address}&gt;
        </dd>
        <dt>Outcome</dt>
        <dd>
          {match.outcome.replace(/_/g, ' ')}{' '}
          {match.seats.map(({ seat, stance, voter }) => (
            <Badge
              name={stance}
              words={`${seat.id.replace(/^US-[HS]-/, '')} ${voter?.lastName ?? 'vacant'}: ${stance.replace(/_/g, ' ')}`}
            />
          ))}
        </dd>
        <dt>Size</dt>
        <dd>
          {count(Buffer.byteLength(message.html))} bytes of HTML{' '}
          <a href={`${base}/eml`} download>
            Download as .eml
          </a>
        </dd>
      </dl>
      {view === 'text' ? (
        <pre class="message" tabindex={0}>
          {message.text}
        </pre>
      ) : null}
      {view === 'source' ? (
        <pre class="message" tabindex={0}>
          {message.raw().toString('utf8')}
        </pre>
      ) : null}
      {view === 'html' ? (
        <iframe
          class={form['width'] === 'phone' ? 'phone' : 'desktop'}
          sandbox=""
          title="The message as it looks"
          src={`${base}/html`}
        ></iframe>
      ) : null}
    </>
  )
}

/** The combinations of the audience with their counts, and the ones before and after; nothing for a ZIP or a person. */
export function Combinations({
  desk,
  shown,
  form,
  action,
}: {
  desk: Desk
  shown: Shown | null
  form: FormFields
  action: string
}) {
  const combinations = shown?.result.ok ? shown.result.combinations : []
  const at = Math.min(Number(form['combination'] ?? 0) || 0, Math.max(0, combinations.length - 1))
  return (
    <div id="combinations" class="combinations">
      {combinations.length === 0 ? (
        <input type="hidden" name="combination" value={at} />
      ) : (
        <>
          <label for="f-combination">
            Combination {at + 1} of {combinations.length}
          </label>
          <select id="f-combination" name="combination">
            {combinations.map((each, index) => (
              <option value={index} {...(index === at ? { selected: true } : {})}>
                {combinationText(each)}
              </option>
            ))}
          </select>
          <div class="row">
            <Step desk={desk} action={action} to={at - 1} last={combinations.length - 1} words="Previous" />
            <Step desk={desk} action={action} to={at + 1} last={combinations.length - 1} words="Next" />
          </div>
        </>
      )}
    </div>
  )
}

function Step({
  desk,
  action,
  to,
  last,
  words,
}: {
  desk: Desk
  action: string
  to: number
  last: number
  words: string
}) {
  return (
    <button
      class="quiet"
      name="go"
      value={to}
      formaction={desk.root + action}
      formnovalidate
      {...(to < 0 || to > last ? { disabled: true } : {})}
    >
      {words}
    </button>
  )
}

function combinationText({ match, subscribers, isSkipped }: Combination): string {
  const seats = match.seats.map(
    ({ seat, stance }) => `${seat.chamber === 'house' ? 'H' : 'S'} ${stance.replace(/_/g, ' ')}`,
  )
  const shown = seats.length > 4 ? [...seats.slice(0, 4), `and ${seats.length - 4} more`] : seats
  return `${count(subscribers)} ${subscribers === 1 ? 'person' : 'people'}: ${match.outcome.replace(/_/g, ' ')}${shown.length > 0 ? ` (${shown.join(', ')})` : ''}${isSkipped ? ', skipped by policy' : ''}`
}
