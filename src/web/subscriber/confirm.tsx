// /c/TOKEN and /o/TOKEN: links that went to one mailbox. Opening shows a button or a form; only pressing it does anything.
import type { Context, Hono } from 'hono'
import { changeAddress, undoOptOut } from '../../audience/changes.ts'
import { findLink, spendLink, type PageLink } from '../../audience/page-links.ts'
import { confirmSignUp } from '../../audience/sign-ups.ts'
import { parseAddress } from '../../core/address.ts'
import { refuseLetters } from '../../feedback/refuse.ts'
import type { Db } from '../../store/connect.ts'
import { networkOf } from '../network.ts'
import { postAddressNotice } from '../letters.ts'
import { Form, show, showNothing } from '../page.tsx'
import type { Site } from '../site.ts'
import { formOf, visitOf, type Visit } from '../visit.ts'
import type { Word } from '../words/en.ts'
import { saveEdit, showEdit } from './edit.tsx'

/** Acts of one press, by the first part of their words. */
const PRESSES = { undo: 'undo', new_address: 'address', join: 'confirm', refuse_forwards: 'refuse' } as const
const ENDINGS = { undo: 'undone', new_address: 'address.done', join: 'confirmed', refuse_forwards: 'refused' } as const
type Press = keyof typeof PRESSES

/** Adds the pages. */
export function confirmPages(app: Hono, site: Site): void {
  const open = async (c: Context, refusals: boolean) => {
    const visit = visitOf(site, c)
    const link = await linkOf(site, c, refusals)
    if (link === null) return showNothing(c, visit)
    return link.act === 'edit' ? showEdit(c, visit, link) : ask(c, visit, link.act)
  }

  app.get('/c/:token', (c) => open(c, false))
  app.get('/o/:token', (c) => open(c, true))

  app.post('/c/:token', async (c) => {
    const visit = visitOf(site, c)
    const link = await linkOf(site, c, false)
    if (link === null) return showNothing(c, visit)
    const token = c.req.param('token')
    if (link.act === 'edit') return saveEdit(c, visit, link, token, await formOf(c))
    const { isDone, told } = await press(visit, token, networkOf(c, site.proxies))
    if (told) postAddressNotice(visit, told.former, told.address, 'changed')
    return isDone ? ended(c, visit, link.act) : showNothing(c, visit)
  })

  app.post('/o/:token', async (c) => {
    const requestedAt = site.clock.now()
    const visit = visitOf(site, c)
    const link = await linkOf(site, c, true)
    if (link === null) return showNothing(c, visit)
    const isOneClick = /List-Unsubscribe/i.test(await c.req.text())
    await refuseLetters(site.db, link.addressKey, isOneClick ? 'one_click' : 'page', requestedAt)
    return ended(c, visit, 'refuse_forwards')
  })
}

/** The links of the two paths are told apart, so that neither works under the other. */
async function linkOf(site: Site, c: Context, refusals: boolean): Promise<PageLink | null> {
  const link = await findLink(site.db, c.req.param('token') ?? '', site.clock.now())
  return link !== null && (link.act === 'refuse_forwards') === refusals ? link : null
}

function ask(c: Context, visit: Visit, act: Press) {
  const words = PRESSES[act]
  const say = (part: 'title' | 'text' | 'button') => visit.say(`${words}.${part}` satisfies Word)
  return show(
    c,
    visit,
    say('title'),
    <>
      <p>{say('text')}</p>
      <Form button={say('button')} />
    </>,
  )
}

function ended(c: Context, visit: Visit, act: Press) {
  const words = ENDINGS[act]
  return show(c, visit, visit.say(`${words}.title` satisfies Word), <p>{visit.say(`${words}.text` satisfies Word)}</p>)
}

interface Pressed {
  isDone: boolean
  /** Whom to tell afterwards that their address has changed, and to which. */
  told?: { former: string; address: string }
}

/** Spends the link and does what it is for, in one transaction; not done when it was spent before or cannot be done any more. */
async function press({ site }: Visit, token: string, network: string | null): Promise<Pressed> {
  const now = site.clock.now()
  return site.db.transaction().execute(async (tx) => {
    const link = await spendLink(tx, token, now)
    if (link?.act === 'undo') return { isDone: await undoOptOut(tx, link.addressKey, now) }
    if (link?.act === 'join') return { isDone: await confirmSignUp(tx, link, network, now) }
    return link?.act === 'new_address' ? moveTo(tx, link, now) : { isDone: false }
  })
}

async function moveTo(tx: Db, { subscriberId, addressKey, detail }: PageLink, now: Date): Promise<Pressed> {
  const parsed = parseAddress(detail['address'] ?? '')
  if (!parsed.ok || subscriberId === null) return { isDone: false }
  const { address } = parsed
  const former = await changeAddress(tx, { subscriberId, address, addressKey }, now)
  return former === null ? { isDone: false } : { isDone: true, told: { former, address: address.text } }
}
