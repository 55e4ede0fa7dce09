// The frame of every page of the console: where one is, where one can go, what has just been done.
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { RollcallError } from '../../core/errors.ts'
import { PERMISSIONS, type Permission } from '../../access/roles.ts'
import { redirectTo } from './redirect.ts'
import { leaveNotice } from '../../access/sessions.ts'
import type { Desk, Guest } from './desk.ts'

type Section = 'home' | 'campaigns' | 'subscribers' | 'compliance' | 'congress' | 'transports' | 'settings' | 'me'

interface Item {
  section: Section
  words: string
  path: string
  permission: Permission
}

const ITEMS: readonly Item[] = [
  { section: 'home', words: 'Home', path: '', permission: 'campaigns.read' },
  { section: 'campaigns', words: 'Campaigns', path: '/campaigns', permission: 'campaigns.read' },
  { section: 'subscribers', words: 'Subscribers', path: '/subscribers', permission: 'subscribers.read' },
  { section: 'compliance', words: 'Compliance', path: '/compliance', permission: 'compliance.read' },
  { section: 'congress', words: 'Congress', path: '/congress', permission: 'congress.read' },
  { section: 'transports', words: 'Transports', path: '/transports', permission: 'campaigns.read' },
  { section: 'settings', words: 'Settings', path: '/settings', permission: 'settings.read' },
]

export interface PageHead {
  title: string
  section: Section
  /** The pages above this one, outermost first. */
  crumbs?: readonly { words: string; path: string }[]
  /** Beside the title: links and buttons. */
  actions?: Child
}

type Status = 200 | 400 | 403 | 404 | 409 | 413 | 422 | 429 | 500

/** Returns the answer: one page of the console. Paths are below the console. */
export function showDesk(c: Context, desk: Desk, head: PageHead, body: Child, status: Status = 200) {
  const { root } = desk
  return c.html(
    html`<!doctype html>${(
        <Shell guest={desk} title={head.title}>
          <header class="top">
            <a class="brand" href={root}>
              Rollcall
            </a>
            <span class="organisation">{desk.site.organisation}</span>
            <div class="me">
              <a href={`${root}/me`} aria-current={head.section === 'me' ? 'page' : undefined}>
                {desk.account.name}
              </a>
              <span class="role">{desk.account.role}</span>
              <form method="post" action={`${root}/sign-out`}>
                <input type="hidden" name="csrf" value={desk.csrf} />
                <button class="plain">Sign out</button>
              </form>
            </div>
          </header>
          <nav class="side" aria-label="Sections">
            {ITEMS.filter(({ permission }) => desk.can(permission)).map(({ section, words, path }) => (
              <a href={root + path} aria-current={section === head.section ? 'page' : undefined}>
                {words}
              </a>
            ))}
          </nav>
          <main id="content">
            {head.crumbs === undefined ? null : (
              <nav class="crumbs" aria-label="Above this page">
                {head.crumbs.map(({ words, path }) => (
                  <a href={root + path}>{words}</a>
                ))}
              </nav>
            )}
            <div class="title">
              <h1>{head.title}</h1>
              {head.actions === undefined ? null : <div class="actions">{head.actions}</div>}
            </div>
            {desk.session.notice === null ? null : (
              <p class="notice good" role="status">
                {desk.session.notice}
              </p>
            )}
            {body}
          </main>
        </Shell>
      )}`,
    status,
  )
}

/** Returns the answer: one narrow page for somebody who is not in yet. */
export function showGuest(c: Context, guest: Guest, title: string, body: Child, status: Status = 200) {
  return c.html(
    html`<!doctype html>${(
        <Shell guest={guest} title={title} narrow>
          <main id="content" class="door">
            <p class="brand">Rollcall</p>
            <h1>{title}</h1>
            {body}
            <p class="small">{guest.site.organisation}</p>
          </main>
        </Shell>
      )}`,
    status,
  )
}

function Shell({
  guest,
  title,
  narrow,
  children,
}: PropsWithChildren<{ guest: Guest; title: string; narrow?: boolean }>) {
  const { root, version, nonce } = guest
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Rollcall`}</title>
        <link rel="icon" href={`${root}/icon.svg?v=${version}`} type="image/svg+xml" />
        <link rel="stylesheet" href={`${root}/console.css?v=${version}`} />
        <script nonce={nonce} src={`${root}/console.js?v=${version}`} defer></script>
      </head>
      <body class={narrow ? 'narrow' : 'desk'}>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        {children}
      </body>
    </html>
  )
}

/** Redirects to a page of the console, which then says once what has been done. */
export async function done(c: Context, desk: Desk, path: string, sentence: string): Promise<Response> {
  await leaveNotice(desk.site.db, desk.session, sentence)
  return redirectTo(c, desk, path)
}

/** Returns the page of an act that was refused: what is wrong and what to do. */
export function showRefused(c: Context, desk: Desk, error: RollcallError) {
  const isMissing = /^(?:no|unknown)_/.test(error.code)
  return showDesk(
    c,
    desk,
    { title: isMissing ? 'Not found' : 'That did not work', section: 'home' },
    <>
      <div class="notice bad" role="alert">
        {error.message.split('\n').map((line) => (
          <p>{line}</p>
        ))}
        {error.hint === undefined ? null : <p>{error.hint}</p>}
      </div>
      <p>Nothing has been changed. Go back with your browser: what you typed is still there.</p>
    </>,
    isMissing ? 404 : 422,
  )
}

/** Returns the page for what a role may not do. */
export function showForbidden(c: Context, desk: Desk, permission: Permission) {
  return showDesk(
    c,
    desk,
    { title: 'Not yours to do', section: 'home' },
    <p>
      This takes the right to {PERMISSIONS[permission]}, which the role {desk.account.role} does not have. An admin can
      change your role.
    </p>,
    403,
  )
}

/** Returns the page for a form that did not come from a page of ours (threat T18). */
export function showForeignForm(c: Context, guest: Guest) {
  return showGuest(
    c,
    guest,
    'This form is not ours',
    <>
      <p>
        It came from another site, from a page that was open since an earlier sign-in, or through an address that is not
        the one in ROLLCALL_BASE_URL. Nothing has been changed.
      </p>
      <p>
        <a class="button" href={guest.root}>
          To the console
        </a>
      </p>
    </>,
    403,
  )
}

/** Returns the page for a body that is too large. */
export function showTooLarge(c: Context, guest: Guest, mostBytes: number) {
  return showGuest(
    c,
    guest,
    'Too large',
    <p>It is larger than {Math.floor(mostBytes / 1000).toLocaleString('en-US')} kB. Nothing has been changed.</p>,
    413,
  )
}

/** Returns the page for a path at which nothing lives. */
export function showNowhere(c: Context, guest: Guest) {
  return showGuest(
    c,
    guest,
    'Nothing here',
    <p>
      <a class="button" href={guest.root}>
        To the console
      </a>
    </p>,
    404,
  )
}

/** Returns the page for an error that is ours; the log has the rest. */
export function showTrouble(c: Context, guest: Guest) {
  return showGuest(
    c,
    guest,
    'Something broke',
    <p>It is our fault, it has been written down, and nothing has been changed by it. Try again in a minute.</p>,
    500,
  )
}
