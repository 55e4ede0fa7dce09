// The subscriber pages in a real browser, English and Spanish, at 360 px: a person's whole way, and axe finds nothing.
/// <reference lib="dom" />
import { once } from 'node:events'
import { createAdaptorServer } from '@hono/node-server'
import { sql } from 'kysely'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, openBrowser } from '../support/chromium.ts'
import { inspect, picture } from '../support/inspect-page.ts'
import { launchedWeb, type LaunchedWeb } from '../support/launched-web.ts'
import { keyOf } from '../support/reference-campaign.ts'
import { linkIn } from '../support/web.ts'

const reason = noBrowser()
if (reason !== null) console.warn(`The pages are not looked at: ${reason}`)

interface Place extends AsyncDisposable {
  here: LaunchedWeb
  url: string
}

let browser: Browser
let place: Place

beforeAll(async () => {
  if (reason !== null) return
  place = await openPlace()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await place?.[Symbol.asyncDispose]()
})

/** The pages on a port of this machine: links in mails lead there. */
async function openPlace(): Promise<Place> {
  let answer: (request: Request) => Response | Promise<Response> = () => new Response('not yet', { status: 503 })
  const server = createAdaptorServer({ fetch: (request) => answer(request) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const here = await launchedWeb(['97212', '92373', '20001', '97212', '92373', '20001'], url)
  answer = (request) => here.web.app.fetch(request)
  return {
    here,
    url,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
      await here[Symbol.asyncDispose]()
    },
  }
}

interface Tongue {
  language: 'en' | 'es'
  /** Number of the first of three people who walk. */
  first: number
  words: Record<
    | 'leave'
    | 'left'
    | 'mailUndo'
    | 'asked'
    | 'stay'
    | 'back'
    | 'mailEdit'
    | 'save'
    | 'saved'
    | 'use'
    | 'used'
    | 'mine'
    | 'send'
    | 'thanks'
    | 'show'
    | 'join'
    | 'step'
    | 'yes'
    | 'welcome',
    string
  >
}

const TONGUES: Tongue[] = [
  {
    language: 'en',
    first: 0,
    words: {
      leave: 'Unsubscribe',
      left: 'You are unsubscribed',
      mailUndo: 'Mail me a link to undo this',
      asked: 'Look into your mailbox',
      stay: 'Keep me on the list',
      back: 'You are back on the list',
      mailEdit: 'Mail me the link',
      save: 'Save',
      saved: 'Saved',
      use: 'Yes, use this address',
      used: 'Your address is changed',
      mine: 'This is my district',
      send: 'Send it',
      thanks: 'Thank you',
      show: 'Show my legislators',
      join: 'Join',
      step: 'One more step',
      yes: 'Yes, put me on the list',
      welcome: 'Welcome',
    },
  },
  {
    language: 'es',
    first: 3,
    words: {
      leave: 'Cancelar la suscripción',
      left: 'Su suscripción está cancelada',
      mailUndo: 'Envíenme un enlace para deshacerlo',
      asked: 'Revise su correo',
      stay: 'Quiero seguir en la lista',
      back: 'Está de nuevo en la lista',
      mailEdit: 'Envíenme el enlace',
      save: 'Guardar',
      saved: 'Guardado',
      use: 'Sí, usen esta dirección',
      used: 'Su dirección ha cambiado',
      mine: 'Este es mi distrito',
      send: 'Enviar',
      thanks: 'Gracias',
      show: 'Ver mis legisladores',
      join: 'Unirme',
      step: 'Falta un paso',
      yes: 'Sí, pónganme en la lista',
      welcome: 'Le damos la bienvenida',
    },
  },
]

describe.skipIf(reason !== null).each(TONGUES)('in $language', ({ language, first, words }) => {
  test('unsubscribe, and undo it from the mailbox', async () => {
    await walk(language, async ({ open, press, heading, mailTo }) => {
      await open(place.here.pathOf('u', first), 'unsubscribe')
      await press(words.leave)
      expect(await heading('unsubscribed')).toBe(words.left)
      await press(words.mailUndo)
      expect(await heading('undo-asked')).toBe(words.asked)
      await open(await mailTo(place.here.addressOf(first)), 'undo')
      await press(words.stay)
      expect(await heading('undone')).toBe(words.back)
    })
    const suppressed = await place.here.store.db.selectFrom('suppression').select('reason').execute()
    expect(suppressed).toEqual([])
  })

  test('a new ZIP, a topic less, and another address', async () => {
    const address = `moved-${language}@example.org`
    const former = place.here.addressOf(first + 2)
    await walk(language, async ({ page, open, press, heading, mailTo }) => {
      await open(place.here.pathOf('p', first + 2), 'preferences')
      await press(words.mailEdit)
      expect(await heading('preferences-asked')).toBe(words.asked)
      const link = await mailTo(former)
      await open(link, 'edit')
      await page.fill('[name=zip]', '972')
      await press(words.save)
      await heading('edit-wrong')
      expect(await page.locator('[name=zip]').getAttribute('aria-invalid')).toBe('true')
      await page.fill('[name=zip]', '97212')
      await page.fill('[name=address]', address)
      await page.uncheck('[name=topic_fundraising]')
      await page.selectOption('[name=pause]', '7')
      await press(words.save)
      expect(await heading('edited')).toBe(words.saved)
      await open(await mailTo(address), 'address')
      await press(words.use)
      expect(await heading('address-done')).toBe(words.used)
    })
    const { rows } = await sql<{ zip: string; topics_off: string[] }>`
      SELECT zip, topics_off FROM subscriber s JOIN subscriber_wish w ON w.subscriber_id = s.id WHERE address = ${address}`.execute(
      place.here.store.db,
    )
    expect(rows).toEqual([{ zip: '97212', topics_off: ['fundraising'] }])
  })

  test('choose a district, and show a friend', async () => {
    await walk(language, async ({ page, open, press, heading, mailTo }) => {
      await open(place.here.pathOf('a', first + 1), 'seat')
      await page.locator('[name=seat]').first().check()
      await press(words.mine)
      expect(await heading('seat-done')).toBe(words.thanks)
      await open(place.here.pathOf('f', first + 1), 'forward')
      await page.fill('[name=friend]', `friend-${language}@example.org`)
      await page.fill('[name=name]', 'Alma')
      await page.fill('[name=note]', 'Zażółć: it matters!')
      await press(words.send)
      expect(await heading('forwarded')).toBe(words.thanks)
      await open(await mailTo(`friend-${language}@example.org`), 'votes')
      expect(await page.locator('[name=zip]').count()).toBe(1)
    })
  })

  test('look up a ZIP of one district and one that is split', async () => {
    await walk(language, async ({ page, open, press, heading }) => {
      await open(`/votes/${place.here.campaignId}`, 'votes-empty')
      for (const zip of ['97212', '92373', '21912', '09001']) {
        await page.fill('[name=zip]', zip)
        await press(words.show)
        for (const summary of await page.locator('summary').all()) await summary.click()
        await heading(`votes-${zip}`)
        expect(await page.locator('h2').first().textContent()).toContain(zip)
        expect(page.url()).not.toContain(zip)
      }
    })
  })

  test('join with a press in the mailbox', async () => {
    const address = `joined-${language}@example.org`
    await walk(language, async ({ page, open, press, heading, mailTo }) => {
      await open('/join', 'join')
      await page.fill('[name=address]', address)
      await page.fill('[name=zip]', '20001')
      await page.check('[name=consent]')
      await press(words.join)
      expect(await heading('joined')).toBe(words.step)
      await open(await mailTo(address), 'confirm')
      await press(words.yes)
      expect(await heading('confirmed')).toBe(words.welcome)
    })
    const { rows } = await sql`SELECT zip FROM subscriber WHERE address_key = ${keyOf(address)}`.execute(
      place.here.store.db,
    )
    expect(rows).toEqual([{ zip: '20001' }])
  })

  test('help, a link that does not work, and the message in the browser', async () => {
    await walk(language, async ({ open }) => {
      await open('/help', 'help')
      await open('/u/nonsense', 'none')
      await open('/nowhere', 'nowhere')
    })
    const page = await newPage(language, 360, 'light')
    await page.goto(place.url + place.here.pathOf('v', first))
    expect(await page.locator('h1').count()).toBe(1)
    await picture(page, `view-${language}`)
    await page.context().close()
  })
})

test.skipIf(reason !== null)('at a desk the pages keep one column, and look as well', async () => {
  const page = await newPage('en', 1440, 'light')
  const { here, url } = place
  for (const [path, name] of [
    [here.pathOf('u', 0), 'unsubscribe'],
    [here.pathOf('f', 0), 'forward'],
    [`/votes/${here.campaignId}?zip=92373`, 'votes'],
    ['/join', 'join'],
  ] as const) {
    await page.goto(url + path)
    await inspect(page, `wide-${name}`)
    expect((await page.locator('main').boundingBox())?.width).toBeLessThan(700)
  }
  await page.context().close()
})

test.skipIf(reason !== null)('the language can be changed on the page, and is kept from page to page', async () => {
  const page = await newPage('en', 360, 'light')
  await page.goto(`${place.url}/help`)
  await page.getByRole('link', { name: 'Español' }).click()
  expect(await page.locator('html').getAttribute('lang')).toBe('es')
  await page.getByRole('link', { name: 'Al formulario' }).click()
  expect(await page.locator('html').getAttribute('lang')).toBe('es')
  await page.context().close()
})

test.skipIf(reason !== null)(
  'by keyboard alone: the first stop skips to the content, the button has a visible ring',
  async () => {
    const page = await newPage('en', 1440, 'light')
    await page.goto(place.url + place.here.pathOf('u', 0))
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe('#content')
    while ((await page.evaluate(() => document.activeElement?.tagName)) !== 'BUTTON') await page.keyboard.press('Tab')
    expect(await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)).toBe(
      'solid',
    )
    await page.context().close()
  },
)

interface Walk {
  page: Page
  open: (path: string, name: string) => Promise<void>
  press: (button: string) => Promise<void>
  /** Returns the heading of the page that has come, after looking at it. */
  heading: (name: string) => Promise<string | null>
  /** Returns the link of the next mail to this address. */
  mailTo: (address: string) => Promise<string>
}

/** Walks with a telephone whose owner reads one language; every page on the way is looked at, light and dark. */
async function walk(language: 'en' | 'es', steps: (walk: Walk) => Promise<void>): Promise<void> {
  const page = await newPage(language, 360, 'light')
  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(error.message))
  page.on('requestfailed', (request) => trouble.push(`${request.url()} ${request.failure()?.errorText}`))
  await place.here.web.mails()
  await steps({
    page,
    async open(path, name) {
      await page.goto(place.url + path)
      await inspect(page, `${name}-${language}`)
    },
    async press(button) {
      await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: button, exact: true }).click()])
    },
    async heading(name) {
      await inspect(page, `${name}-${language}`)
      return page.locator('h1').textContent()
    },
    async mailTo(address) {
      const mail = (await place.here.web.mails()).find((each) => each.to?.[0]?.address === address)
      const path = mail?.text?.includes('/c/') ? '/c/' : '/votes/'
      return linkIn(mail, path)
    },
  })
  expect(trouble).toEqual([])
  await page.context().close()
}

async function newPage(language: string, width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
  const context = await browser.newContext({
    locale: language === 'es' ? 'es-US' : 'en-US',
    viewport: { width, height: 780 },
    colorScheme,
  })
  return context.newPage()
}
