// Puts the console together: its files, its headers, its sections.
import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Hono, type Context } from 'hono'
import { sealKeys } from '../../access/sealed.ts'
import { messageOf, RollcallError } from '../../core/errors.ts'
import { stripAddresses } from '../../delivery/reply.ts'
import { routeOf } from '../access-log.ts'
import type { Site } from '../site.ts'
import { createConsole, type Console } from './console.ts'
import { showRefused, showTrouble } from './frame.tsx'
import { consoleHeaders } from './headers.ts'
import { SECTIONS } from './sections.ts'

/** Returns the console with all its pages, to be mounted at `/console`. */
export async function createConsolePages(site: Site): Promise<Console & { outer: Hono }> {
  const [colours, style, script] = await Promise.all(
    ['../colours.css', './console.css', './browser.js'].map((name) => readFile(new URL(name, import.meta.url), 'utf8')),
  )
  const files: Readonly<Record<string, [type: string, text: string]>> = {
    '/console.css': ['text/css', `${colours}\n${style}`],
    '/console.js': ['text/javascript', script ?? ''],
    '/icon.svg': ['image/svg+xml', ICON],
  }
  const version = hash('sha256', JSON.stringify(files), 'hex').slice(0, 12)
  const { ROLLCALL_SECRET: secret, ROLLCALL_PREVIOUS_SECRETS: previous } = site.config
  const console = createConsole({ site, seals: sealKeys(secret, previous), origins: site.origins, version })
  for (const addSection of SECTIONS) addSection(console)

  console.app.onError((error, c) => answerError(site, console, error, c))
  const outer = new Hono()
  outer.use(consoleHeaders)
  for (const [path, [type, text]] of Object.entries(files)) {
    outer.get(path, (c) => {
      c.header('Cache-Control', 'public, max-age=31536000, immutable')
      return c.body(text, 200, { 'Content-Type': `${type}; charset=utf-8` })
    })
  }
  outer.route('/', console.app)
  return { ...console, outer }
}

/** A refusal of the domain is for whoever asked; everything else is ours, and goes to the log without addresses. */
async function answerError(site: Site, console: Console, error: Error, c: Context): Promise<Response> {
  const guest = console.guestOf(c)
  if (error instanceof RollcallError && error.code !== 'bug') {
    const desk = await console.deskOf(c)
    if (desk !== null) return showRefused(c, desk, error)
  }
  site.log.error({ route: routeOf(c), error: stripAddresses(messageOf(error)) }, 'a page of the console failed')
  return showTrouble(c, guest)
}

/** A ballot with its tick. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1c2433"/><path d="M8 17l6 6 11-14" fill="none" stroke="#9dc0ff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>`
