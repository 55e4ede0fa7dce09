// A person's settings, behind a link that was mailed to the address on file a moment ago.
import type { Context } from 'hono'
import { takeAllowance } from '../../audience/allowances.ts'
import { isAddressFree, saveProfile, type Profile } from '../../audience/changes.ts'
import { issueLink, spendLink, type PageLink } from '../../audience/page-links.ts'
import { checkSubscriber, type Field as FieldName } from '../../audience/subscriber.ts'
import { findSubscriber, type Subscriber } from '../../audience/subscribers.ts'
import { findWish, saveWish, TOPICS, type Topic, type Wish } from '../../audience/wishes.ts'
import { addressKey, type Address } from '../../core/address.ts'
import { postAddressNotice, postNewAddress } from '../letters.ts'
import { Field, Form, show, showNothing } from '../page.tsx'
import type { Visit } from '../visit.ts'

type Fields = Readonly<Record<string, string>>
type Wrong = ReadonlySet<FieldName>

const PAUSES = [7, 14, 30, 90] as const
const DAY_MS = 86_400_000

/** Shows the form of the link's owner. */
export async function showEdit(c: Context, visit: Visit, link: PageLink) {
  const { db } = visit.site
  const person = await findSubscriber(db, link.addressKey)
  if (person === null || person.id !== link.subscriberId) return showNothing(c, visit)
  const fields = {
    address: person.address,
    first_name: person.firstName,
    last_name: person.lastName,
    zip: person.zip === null ? '' : [person.zip, person.plus4].filter(Boolean).join('-'),
  }
  return form(c, visit, fields, await findWish(db, person.id), new Set())
}

/** Saves what the form says and spends the link; what is wrong is shown beside its field, and the link stays good. */
export async function saveEdit(c: Context, visit: Visit, link: PageLink, token: string, fields: Fields) {
  const { site, say } = visit
  const now = site.clock.now()
  const person = await findSubscriber(site.db, link.addressKey)
  if (person === null || person.id !== link.subscriberId) return showNothing(c, visit)
  const wish = wishOf(fields, await findWish(site.db, person.id), now)
  const checked = checkFields(fields)
  if (!checked.ok) return form(c, visit, fields, wish, checked.wrong, 422)
  const saved = await site.db.transaction().execute(async (tx) => {
    if ((await spendLink(tx, token, now)) === null) return false
    await saveProfile(tx, person.id, checked.profile, now)
    await saveWish(tx, person.id, wish, now)
    return true
  })
  if (!saved) return showNothing(c, visit)
  const moved = await askForMove(visit, person, checked.address, now)
  return show(
    c,
    visit,
    say('edited.title'),
    <>
      <p>{say('edited.text')}</p>
      {moved ? <p>{say('edited.address')}</p> : null}
    </>,
  )
}

type Checked = { ok: true; address: Address; profile: Profile } | { ok: false; wrong: Wrong }

function checkFields(fields: Fields): Checked {
  const checked = checkSubscriber(
    {
      email: fields['address'] ?? '',
      first_name: fields['first_name'] ?? '',
      last_name: fields['last_name'] ?? '',
      zip: fields['zip'] ?? '',
      plus4: '',
    },
    false,
  )
  if (!checked.ok) return { ok: false, wrong: new Set(checked.refusals.map((each) => each.field)) }
  const { address, firstName, lastName, zip, plus4 } = checked.subscriber
  return { ok: true, address, profile: { firstName, lastName, zip, plus4 } }
}

/** What the marks and the pause of the form mean; without a choice of pause the present one stays. */
function wishOf(fields: Fields, present: Wish, now: Date): Wish {
  const topicsOff = TOPICS.filter((topic) => fields[`topic_${topic}`] === undefined)
  const days = PAUSES.find((each) => String(each) === fields['pause'])
  if (days !== undefined) return { topicsOff, pausedUntil: new Date(now.getTime() + days * DAY_MS) }
  return { topicsOff, pausedUntil: fields['pause'] === 'none' ? null : present.pausedUntil }
}

/**
 * With another address asks the new mailbox and tells the former one. The answer is the same whether or not the new address is
 * free: the page tells nobody who is on the list.
 */
async function askForMove(visit: Visit, person: Subscriber, address: Address, now: Date): Promise<boolean> {
  const { db, addressKey: key } = visit.site
  if (address.ascii === person.address) return false
  const hashed = addressKey(key, address.normalised)
  postAddressNotice(visit, person.address, address.text, 'told')
  if ((await isAddressFree(db, hashed)) && (await takeAllowance(db, 'new_address', hashed, now))) {
    const detail = { address: address.text }
    const token = await issueLink(db, { act: 'new_address', addressKey: hashed, subscriberId: person.id, detail }, now)
    postNewAddress(visit, address.ascii, token)
  }
  return true
}

function form(c: Context, visit: Visit, fields: Fields, wish: Wish, wrong: Wrong, status: 200 | 422 = 200) {
  const { say } = visit
  const nameError = (field: FieldName) => (wrong.has(field) ? say('error.name') : '')
  return show(
    c,
    visit,
    say('edit.title'),
    <Form button={say('edit.button')}>
      {wrong.size > 0 ? (
        <p class="error" role="alert">
          {say('form.error')}
        </p>
      ) : null}
      <fieldset>
        <legend>{say('edit.about')}</legend>
        <Field
          name="address"
          type="email"
          autocomplete="email"
          label={say('edit.address')}
          hint={say('edit.address.hint')}
          value={fields['address']}
          error={wrong.has('email') ? say('error.address') : ''}
          required
        />
        <Field
          name="first_name"
          autocomplete="given-name"
          label={say('edit.first')}
          value={fields['first_name']}
          error={nameError('first_name')}
        />
        <Field
          name="last_name"
          autocomplete="family-name"
          label={say('edit.last')}
          value={fields['last_name']}
          error={nameError('last_name')}
        />
        <Field
          name="zip"
          autocomplete="postal-code"
          label={say('edit.zip')}
          hint={say('edit.zip.hint')}
          value={fields['zip']}
          error={wrong.has('zip') || wrong.has('plus4') ? say('error.zip') : ''}
        />
      </fieldset>
      <fieldset>
        <legend>{say('edit.topics')}</legend>
        {TOPICS.map((topic: Topic) => (
          <label class="choice">
            <input type="checkbox" name={`topic_${topic}`} value="on" checked={!wish.topicsOff.includes(topic)} />
            {say(`edit.topic.${topic}`)}
          </label>
        ))}
        <p class="hint">{say('edit.topics.hint')}</p>
      </fieldset>
      <Pause visit={visit} until={wish.pausedUntil} />
      <p class="soft">{say('edit.leave')}</p>
    </Form>,
    status,
  )
}

function Pause({ visit, until }: { visit: Visit; until: Date | null }) {
  const { say, language, site } = visit
  const isPaused = until !== null && until > site.clock.now()
  const date = until?.toLocaleDateString(language, { dateStyle: 'long', timeZone: 'America/New_York' }) ?? ''
  return (
    <fieldset>
      <legend>{say('edit.pause')}</legend>
      <div class="field">
        <label for="pause">{say('edit.pause.label')}</label>
        <p class="hint" id="pause-hint">
          {say('edit.pause.hint')}
        </p>
        <select id="pause" name="pause" aria-describedby="pause-hint">
          {isPaused ? (
            <option value="keep" selected>
              {say('edit.pause.keep', { date })}
            </option>
          ) : null}
          <option value="none">{say('edit.pause.none')}</option>
          {PAUSES.map((days) => (
            <option value={String(days)}>{say('edit.pause.days', { days })}</option>
          ))}
        </select>
      </div>
    </fieldset>
  )
}
