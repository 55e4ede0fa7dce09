// The frame of every page: who runs it, the language, one heading, the small print.
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { Visit } from './visit.ts'
import { LANGUAGES, speaker } from './words/say.ts'

interface Frame {
  visit: Visit
  title: string
}

/** Returns the answer: one HTML page. */
export function show(c: Context, visit: Visit, title: string, body: Child, status: 200 | 404 | 413 | 422 | 500 = 200) {
  const page = (
    <Page visit={visit} title={title}>
      {body}
    </Page>
  )
  return c.html(html`<!doctype html>${page}`, status)
}

/** Returns the one page that any bad, used, expired, unknown or foreign token gets (threat T9). */
export function showNothing(c: Context, visit: Visit) {
  const { say, site } = visit
  return show(
    c,
    visit,
    say('none.title'),
    <>
      <p>{say('none.text')}</p>
      <p class="soft">{say('none.help', { address: site.contact })}</p>
    </>,
    404,
  )
}

function Page({ visit, title, children }: PropsWithChildren<Frame>) {
  const { site, language, say } = visit
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${site.organisation}`}</title>
        <link rel="stylesheet" href={`${site.root}/pages.css`} />
      </head>
      <body>
        <a class="skip" href="#content">
          {say('page.skip')}
        </a>
        <header>
          <p class="brand">{site.organisation}</p>
          {visit.isRead ? <Languages visit={visit} /> : null}
        </header>
        <main id="content">
          <h1>{title}</h1>
          {children}
        </main>
        <footer>
          <p>
            {site.organisation}, {site.postalAddress}
          </p>
          <p>
            <a href={`${site.root}/help${visit.query}`}>{say('page.help')}</a>
          </p>
        </footer>
      </body>
    </html>
  )
}

function Languages({ visit }: { visit: Visit }) {
  return (
    <nav aria-label={visit.say('language.nav')}>
      {LANGUAGES.map((each) => {
        const name = speaker(each, {})('language.name')
        return each === visit.language ? (
          <span lang={each} aria-current="true">
            {name}
          </span>
        ) : (
          <a href={`?lang=${each}`} lang={each} hreflang={each}>
            {name}
          </a>
        )
      })}
    </nav>
  )
}

/** A form that posts to where it stands, or to `action`; one button, or fields and a button. */
export function Form({
  action,
  button,
  quiet,
  children,
}: PropsWithChildren<{ action?: string; button: string; quiet?: boolean }>) {
  return (
    <form method="post" {...(action === undefined ? {} : { action })}>
      {children}
      <button type="submit" class={quiet ? 'quiet' : 'loud'}>
        {button}
      </button>
    </form>
  )
}

interface FieldProps {
  name: string
  label: string
  hint?: string | undefined
  /** What is wrong with it; '' for nothing. */
  error?: string | undefined
  value?: string | undefined
  type?: 'text' | 'email'
  /** HTML's word for what belongs here, so that a browser can fill it in. */
  autocomplete?: string
  inputmode?: 'numeric'
  maxlength?: number
  required?: boolean
  rows?: number
}

/** A labelled field with its hint and, in its place, what is wrong with it. */
export function Field(props: FieldProps) {
  const { name, label, hint, error = '', value = '', type = 'text', rows } = props
  const described = [hint === undefined ? '' : `${name}-hint`, error === '' ? '' : `${name}-error`].filter(Boolean)
  const common = {
    id: name,
    name,
    maxlength: props.maxlength ?? 300,
    ...(props.required ? { required: true } : {}),
    ...(described.length > 0 ? { 'aria-describedby': described.join(' ') } : {}),
    ...(error === '' ? {} : { 'aria-invalid': 'true' as const }),
  }
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint === undefined ? null : (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {error === '' ? null : (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
      {rows === undefined ? (
        <input
          {...common}
          type={type}
          value={value}
          {...(props.autocomplete === undefined ? {} : { autocomplete: props.autocomplete })}
          {...(props.inputmode === undefined ? {} : { inputmode: props.inputmode })}
        />
      ) : (
        <textarea {...common} rows={rows}>
          {value}
        </textarea>
      )}
    </div>
  )
}
