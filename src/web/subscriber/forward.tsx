// /f/TOKEN: showing a friend. The link to share comes first; one mail in the organisation's name second (threat T12).
import type { Context, Hono } from 'hono'
import { checkForwarder, checkNote, takeForward } from '../../audience/forwards.ts'
import { issueLink } from '../../audience/page-links.ts'
import type { Scoreboard } from '../../campaign/scoreboards.ts'
import { addressKey, parseAddress } from '../../core/address.ts'
import { postForward } from '../letters.ts'
import { Field, Form, show, showNothing } from '../page.tsx'
import type { Site } from '../site.ts'
import { formOf, readerOf, visitOf, type Visit } from '../visit.ts'

interface Forwarding {
  visit: Visit
  board: Scoreboard
  subscriberId: string
}

/** Adds the pages. */
export function forwardPages(app: Hono, site: Site): void {
  app.get('/f/:token', async (c) => {
    const forwarding = await forwardingOf(site, c)
    return forwarding === null ? showNothing(c, visitOf(site, c)) : ask(c, forwarding, {}, new Set())
  })

  app.post('/f/:token', async (c) => {
    const forwarding = await forwardingOf(site, c)
    if (forwarding === null) return showNothing(c, visitOf(site, c))
    const fields = await formOf(c)
    const friend = parseAddress(fields['friend'] ?? '')
    const name = checkForwarder(fields['name'] ?? '')
    const note = checkNote(fields['note'] ?? '')
    if (!friend.ok || name === null || note === null) {
      const wrong = [friend.ok ? '' : 'friend', name === null ? 'name' : '', note === null ? 'note' : '']
      return ask(c, forwarding, fields, new Set(wrong))
    }
    return (await send(forwarding, friend.address, name, note)) ? thank(c, forwarding) : enough(c, forwarding)
  })
}

async function forwardingOf(site: Site, c: Context): Promise<Forwarding | null> {
  const reader = await readerOf(site, c, 'forward')
  if (reader === null || reader.campaignId === null) return null
  const board = await site.scoreboards.find(reader.campaignId)
  return board === null ? null : { visit: visitOf(site, c), board, subscriberId: reader.subscriberId }
}

/** Returns false when this person has forwarded enough today; whether a mail goes out the page does not know. */
async function send(
  { visit, board, subscriberId }: Forwarding,
  friend: { ascii: string; normalised: string },
  name: string,
  note: string,
): Promise<boolean> {
  const { db, clock, addressKey: key } = visit.site
  const now = clock.now()
  const friendKey = addressKey(key, friend.normalised)
  const verdict = await takeForward(db, { campaignId: board.campaignId, subscriberId, friendKey }, now)
  if (verdict === 'enough') return false
  // Made in either case, so that a friend who wants nothing cannot be told by the time it takes.
  const token = await issueLink(db, { act: 'refuse_forwards', addressKey: friendKey, subscriberId: null }, now)
  const { title } = board.manifest
  const words = { name, note, title, campaignId: board.campaignId, token }
  if (verdict === 'send') postForward(visit, friend.ascii, words)
  return true
}

function thank(c: Context, { visit }: Forwarding) {
  return show(c, visit, visit.say('forwarded.title'), <p>{visit.say('forwarded.text')}</p>)
}

function enough(c: Context, forwarding: Forwarding) {
  const { visit } = forwarding
  return show(
    c,
    visit,
    visit.say('forward.enough.title'),
    <>
      <p>{visit.say('forward.enough.text')}</p>
      <p>
        <ShareLink forwarding={forwarding} />
      </p>
    </>,
  )
}

function shareUrl({ visit, board }: Forwarding): string {
  return `${visit.site.baseUrl}/votes/${board.campaignId}`
}

function ShareLink({ forwarding }: { forwarding: Forwarding }) {
  const url = shareUrl(forwarding)
  return (
    <a class="share" href={url}>
      {url}
    </a>
  )
}

function ask(c: Context, forwarding: Forwarding, fields: Readonly<Record<string, string>>, wrong: ReadonlySet<string>) {
  const { visit, board } = forwarding
  const { say } = visit
  const subject = encodeURIComponent(board.manifest.title)
  const body = encodeURIComponent(`${say('forward.mailto.body')} ${shareUrl(forwarding)}`)
  return show(
    c,
    visit,
    say('forward.title'),
    <>
      <p>{say('forward.share')}</p>
      <p>
        <strong>{say('forward.link')}</strong>
        <br />
        <ShareLink forwarding={forwarding} />
      </p>
      <p>
        <a href={`mailto:?subject=${subject}&body=${body}`}>{say('forward.mailto')}</a>
      </p>
      <section aria-labelledby="copy">
        <h2 id="copy">{say('forward.copy')}</h2>
        <p>{say('forward.copy.text')}</p>
        {wrong.size > 0 ? (
          <p class="error" role="alert">
            {say('form.error')}
          </p>
        ) : null}
        <Form button={say('forward.button')}>
          <Field
            name="friend"
            type="email"
            label={say('forward.friend')}
            value={fields['friend']}
            error={wrong.has('friend') ? say('error.address') : ''}
            required
          />
          <Field
            name="name"
            autocomplete="name"
            label={say('forward.name')}
            value={fields['name']}
            error={wrong.has('name') ? say('forward.error.name') : ''}
            maxlength={60}
            required
          />
          <Field
            name="note"
            label={say('forward.note')}
            hint={say('forward.note.hint')}
            value={fields['note']}
            error={wrong.has('note') ? say('forward.error.note') : ''}
            maxlength={300}
            rows={4}
          />
        </Form>
      </section>
    </>,
    wrong.size > 0 ? 422 : 200,
  )
}
