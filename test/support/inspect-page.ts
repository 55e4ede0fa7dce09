// Looks at a page as it stands: edges, contrast, order and axe, in light and dark; keeps pictures when somebody wants them.
/// <reference lib="dom" />
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { lookAt } from './look-at.ts'

/** Where pictures of all pages go. */
const PICTURES = process.env['ROLLCALL_TEST_PICTURES']

/** Nothing reaches past the edge, nothing is pale or tiny, one first heading, and axe finds nothing, light and dark. */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const look = await lookAt(page)
    expect(look.scrollWidth, name).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0)
    expect(look.beyondEdge, name).toEqual([])
    expect(look.pale, `${name} ${colorScheme}`).toEqual([])
    expect(look.smallText, name).toEqual([])
    expect(
      look.headings.filter((level) => level === 1),
      name,
    ).toHaveLength(1)
    expect(look.headings[0], name).toBe(1)
    expect(look.darkPaper, `${name} ${colorScheme}`).toBe(colorScheme === 'dark')
    expect(await violations(page), `${name} ${colorScheme}`).toEqual([])
    await picture(page, `${name}-${colorScheme}`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe: engine } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const found = await engine.run()
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
  })
}

/** Keeps a picture of the page under this name. */
export async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return
  await mkdir(PICTURES, { recursive: true })
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true })
}
