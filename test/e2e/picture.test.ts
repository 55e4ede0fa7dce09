// Every combination's message in a real browser, at phone and desktop width, light and dark: what a reader sees.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { COMBINATIONS, previewCombinations } from '../campaign/combinations.ts'
import { noBrowser, openBrowser } from '../support/chromium.ts'
import { testDatabase } from '../support/database.ts'
import { lookAt, type Look } from '../support/look-at.ts'

const reason = noBrowser()
if (reason !== null) console.warn(`The messages are not looked at: ${reason}`)

const VIEWS = [360, 640].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ width, scheme })))

describe.skipIf(reason !== null).each(COMBINATIONS)('$name ($zip)', (each) => {
  test.each(VIEWS)('is legible at $width px in the $scheme', async ({ width, scheme }) => {
    const look = await open(each.name, width, scheme)
    expect(look.scrollWidth).toBeLessThanOrEqual(width)
    expect(look.beyondEdge).toEqual([])
    expect(look.pale).toEqual([])
    expect(look.smallText).toEqual([])
    expect(look.smallParagraphs).toEqual([])
    expect(look.lowButtons).toEqual([])
    expect(look.darkPaper).toBe(scheme === 'dark')
  })

  test('reads in the order in which it stands, under one first heading, and asks for something to tap', async () => {
    const { headings, upwards, buttons } = await open(each.name, 360, 'light')
    expect(headings[0]).toBe(1)
    expect(headings.filter((level) => level === 1)).toHaveLength(1)
    expect(headings.filter((level, at) => level > (headings[at - 1] ?? 0) + 1)).toEqual([])
    expect(upwards).toEqual([])
    expect(buttons).toBeGreaterThan(1)
  })
})

test.skipIf(reason !== null)('no message asks anybody for anything when it is opened (T28)', () => {
  expect(requests).toEqual([])
})

test.skipIf(reason !== null)('the look itself sees what is wrong', async () => {
  await page.setViewportSize({ width: 360, height: 800 })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setContent(
    `<h2>Late</h2><div class="sheet"><p style="font-size:12px;color:#aaa">pale</p><a style="display:block" href="#">low</a>
     <div style="width:400px">wide</div><p style="margin-top:-300px">above</p></div>`,
  )
  const look = await lookAt(page)
  expect(look.scrollWidth).toBeGreaterThan(360)
  expect(look.pale).toEqual([expect.stringMatching(/^pale: 2\.3\d rgb\(170, 170, 170\) on rgb\(255, 255, 255\)$/)])
  expect(look.smallText).toEqual(['pale: 12px'])
  expect(look.smallParagraphs).toEqual(['pale: 12px'])
  expect(look.lowButtons).toEqual([expect.stringMatching(/^low: \d+px$/)])
  expect(look.upwards).toEqual(['above'])
  expect(look.headings).toEqual([2])
})

let store: Store
let browser: Browser
let page: Page
let preview: Awaited<ReturnType<typeof previewCombinations>>
const requests: string[] = []

beforeAll(async () => {
  if (reason !== null) return
  store = await testDatabase({ reference: true })
  preview = await previewCombinations(store.db)
  browser = await openBrowser()
  page = await browser.newPage()
  await page.route('**/*', (route) => {
    requests.push(route.request().url())
    return route.abort()
  })
})

afterAll(async () => {
  await browser?.close()
  await store?.[Symbol.asyncDispose]()
})

async function open(name: string, width: number, colorScheme: 'light' | 'dark'): Promise<Look> {
  const each = COMBINATIONS.find((one) => one.name === name)
  if (!each) throw new Error(`there is no combination ${name}`)
  await page.setViewportSize({ width, height: 900 })
  await page.emulateMedia({ colorScheme })
  await page.setContent(preview(each).message.html)
  return lookAt(page)
}
