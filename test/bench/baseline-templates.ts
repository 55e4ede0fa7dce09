// The reference campaign's template as plain Handlebars: how it is written by somebody who has only Handlebars and MJML.
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import Handlebars from 'handlebars'
import mjml2html from 'mjml'
import { parse } from 'yaml'
import { z } from 'zod'
import type { PersonView, VariantView } from '../../src/message/view.ts'
import { ROOT } from './root.ts'

export type View = VariantView & PersonView

export interface Templates {
  subject(view: View): string
  text(view: View): string
  html(view: View): Promise<string>
}

/** The options that the product uses, too. */
const MJML = {
  validationLevel: 'strict',
  fonts: {},
  ignoreIncludes: true,
  keepComments: true,
  beautify: false,
  minify: false,
} as const

const FOLDER = path.join(ROOT, 'templates/dream-act-2017')
const manifestShape = z.object({
  subject: z.string(),
  preheader: z.string(),
  scripts: z.record(z.string(), z.string()),
})

/** Returns the compiled templates; `html` runs MJML for each recipient the naive way, and ran it once the usual way. */
export async function compileTemplates(way: 'naive' | 'usual'): Promise<Templates> {
  const manifest = manifestShape.parse(parse(await readFile(path.join(FOLDER, 'campaign.yaml'), 'utf8')))
  const body = await readFile(path.join(FOLDER, 'body.mjml'), 'utf8')
  const text = await readFile(path.join(FOLDER, 'body.txt.hbs'), 'utf8')
  const plain = await engineFor('.txt.hbs', scriptPartial(manifest.scripts, '\n'))
  const markup = await engineFor('.mjml', scriptPartial(manifest.scripts, '<br />\n'))
  markup.registerPartial('preheader', rooted(manifest.preheader))
  return {
    subject: plain.compile<View>(rooted(manifest.subject), { noEscape: true }),
    text: plain.compile<View>(rooted(text), { noEscape: true }),
    html: way === 'naive' ? perRecipient(markup, body) : await once(markup, body),
  }
}

function perRecipient(engine: typeof Handlebars, body: string): Templates['html'] {
  const template = engine.compile<View>(rooted(body))
  return async (view) => (await mjml2html(template(view), MJML)).html
}

/** MJML leaves the tags between its components alone; only the styles of the head must be there beforehand. */
async function once(engine: typeof Handlebars, body: string): Promise<Templates['html']> {
  const dark = await readFile(path.join(FOLDER, 'partials/dark.mjml'), 'utf8')
  const { html } = await mjml2html(rooted(body.replace('{{> dark}}', () => dark)), MJML)
  const template = engine.compile<View>(html)
  return (view) => Promise.resolve(template(view))
}

async function engineFor(ending: string, script: string): Promise<typeof Handlebars> {
  const engine = Handlebars.create()
  for (const name of await readdir(path.join(FOLDER, 'partials'))) {
    if (!name.endsWith(ending)) continue
    const source = await readFile(path.join(FOLDER, 'partials', name), 'utf8')
    engine.registerPartial(name.slice(0, -ending.length), rooted(source))
  }
  engine.registerPartial('script', rooted(script))
  engine.registerHelper(HELPERS)
  return engine
}

/** What to say: one text for each stance, and one for whoever took the seat over. */
function scriptPartial(scripts: Record<string, string>, lineEnd: string): string {
  return Object.entries(scripts)
    .map(([key, script]) => {
      const condition =
        key === 'succeeded' ? '(and succeeded callName)' : `(and (eq stance "${key}") (not (and succeeded callName)))`
      return `{{#if ${condition}}}${script.trim().split('\n').join(lineEnd)}{{/if}}`
    })
    .join('')
}

/** Inside a loop plain Handlebars sees the item only: fields of the person and the campaign are named from the root. */
function rooted(source: string): string {
  const fields =
    /(?<![\w.@"/])(firstName|zip|unsubscribeUrl|preferencesUrl|viewUrl|forwardUrl|seatUrl|campaign)(?=[\s.)}])/g
  return source.replaceAll(/\{\{[^}]*\}\}/g, (tag) => tag.replaceAll(fields, '@root.$1'))
}

/** Handlebars hands every helper its options last. */
const HELPERS = {
  eq: (a: unknown, b: unknown) => a === b,
  not: (value: unknown) => Handlebars.Utils.isEmpty(value),
  and: (...values: unknown[]) => values.slice(0, -1).every((value) => !Handlebars.Utils.isEmpty(value)),
  or: (...values: unknown[]) => values.slice(0, -1).some((value) => !Handlebars.Utils.isEmpty(value)),
  url: (value: unknown) => value,
  default: (value: unknown, instead: unknown) => (Handlebars.Utils.isEmpty(value) ? instead : value),
  count: (items: readonly unknown[]) => items.length,
  number: (value: number) => value.toLocaleString('en-US'),
  list: (items: readonly Record<string, string>[], name: string) => {
    const words = items.map((item) => item[name] ?? '')
    return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : (words[0] ?? '')
  },
}
