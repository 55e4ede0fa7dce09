// The pages of the compliance desk, as tabs, and one person across all of them.
import type { Context } from 'hono'
import type { Child } from 'hono/jsx'
import { isWholeKey, keyRange, type KeyRange } from '../../../compliance/key-range.ts'
import type { Desk } from '../desk.ts'
import { showDesk } from '../frame.tsx'
import { Form } from '../parts/form.tsx'

const TABS = [
  { words: 'Overview', path: '/compliance' },
  { words: 'Suppressions', path: '/compliance/suppressions' },
  { words: 'Opt-outs', path: '/compliance/opt-outs' },
  { words: 'Complaints and bounces', path: '/compliance/feedback' },
  { words: 'Data requests', path: '/compliance/requests' },
  { words: 'Consent ledger', path: '/compliance/consents' },
  { words: 'Audit log', path: '/compliance/audit' },
  { words: 'Retention', path: '/compliance/retention' },
] as const

export type CompliancePath = (typeof TABS)[number]['path']

interface Head {
  title: string
  here: CompliancePath
  actions?: Child
  /** Below one of the tabs. */
  crumbs?: readonly { words: string; path: string }[]
}

/** Returns the answer: one page of the desk. */
export function showCompliance(
  c: Context,
  desk: Desk,
  { title, here, actions, crumbs }: Head,
  body: Child,
  status: 200 | 422 = 200,
) {
  return showDesk(
    c,
    desk,
    {
      title,
      section: 'compliance',
      ...(actions === undefined ? {} : { actions }),
      ...(crumbs === undefined ? {} : { crumbs }),
    },
    <>
      <nav class="tabs" aria-label="Compliance">
        {TABS.map(({ words, path }) => (
          <a href={desk.root + path} aria-current={path === here ? 'page' : undefined}>
            {words}
          </a>
        ))}
      </nav>
      {body}
    </>,
    status,
  )
}

/** Returns the person or the beginning of a key that the page is narrowed down to. */
export function soughtOf(c: Context): KeyRange | null {
  return keyRange(c.req.query('key') ?? '')
}

/** Returns which page of a list is wanted. */
export function wishOf(c: Context) {
  return { after: c.req.query('after'), before: c.req.query('before'), limit: 50 }
}

/** Returns the value of a filter, or null when it is none of those there are. */
export function choiceOf<Choice extends string>(c: Context, name: string, choices: readonly Choice[]): Choice | null {
  const given = c.req.query(name)
  return choices.find((choice) => choice === given) ?? null
}

/** Looks for one person. The address travels in the body, and never in a URL (threat T20). */
export function FindForm({
  desk,
  to,
  typed,
  error,
}: {
  desk: Desk
  to: CompliancePath
  typed?: string
  error?: string
}) {
  return (
    <Form desk={desk} action="/compliance/find" class="filters">
      <input type="hidden" name="to" value={to} />
      <div class="field">
        <label for="f-who">Address, or beginning of a key</label>
        {error === undefined ? null : (
          <p class="error" id="f-who-error">
            {error}
          </p>
        )}
        <input
          id="f-who"
          name="who"
          type="search"
          maxlength={320}
          required
          autocomplete="off"
          spellcheck={false}
          value={typed ?? ''}
          {...(error === undefined ? {} : { 'aria-invalid': 'true', 'aria-describedby': 'f-who-error' })}
        />
      </div>
      <button class="quiet">Find</button>
    </Form>
  )
}

/** Says to whom the page is narrowed down, and leads to what else there is about them. */
export function SoughtNote({
  c,
  desk,
  here,
  subscriberId,
}: {
  c: Context
  desk: Desk
  here: CompliancePath
  subscriberId?: string | null
}) {
  const sought = soughtOf(c)
  if (sought === null) return null
  const key = (c.req.query('key') ?? '').toLowerCase()
  const others = TABS.filter(({ path }) => path !== here && HAS_KEY.has(path))
  return (
    <div class="notice">
      <p>
        {isWholeKey(sought) ? 'One address, by its keyed hash ' : 'Addresses whose keyed hash begins with '}
        <code>{isWholeKey(sought) ? `${key.slice(0, 16)}…` : key}</code>
      </p>
      <p class="row">
        {subscriberId === undefined || subscriberId === null ? null : (
          <a href={`${desk.root}/subscribers/${subscriberId}`}>Their page and history</a>
        )}
        {others.map(({ words, path }) => (
          <a href={`${desk.root}${path}?key=${key}`}>{words}</a>
        ))}
        <a href={desk.root + here}>Show everybody</a>
      </p>
    </div>
  )
}

const HAS_KEY: ReadonlySet<string> = new Set([
  '/compliance/suppressions',
  '/compliance/opt-outs',
  '/compliance/requests',
  '/compliance/consents',
])

/** Where a search may lead. */
export function isSearchable(path: string): path is CompliancePath {
  return HAS_KEY.has(path)
}

/** The keyed hash of an address, shortened, as a way to everything about it. */
export function Key({ desk, value, to }: { desk: Desk; value: string; to: CompliancePath }) {
  return (
    <a class="code" href={`${desk.root}${to}?key=${value}`}>
      {value.slice(0, 12)}
    </a>
  )
}
