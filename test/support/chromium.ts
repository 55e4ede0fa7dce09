// A real browser for tests that look at what a reader would see: Debian's Chromium, driven without a download.
import { existsSync } from 'node:fs'
import process from 'node:process'
import { chromium, type Browser } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why there is no browser here; null when there is one. In CI a missing browser is no reason but a failure. */
export function noBrowser(): string | null {
  if (PLACES.some((place) => existsSync(place))) return null
  const reason = `no browser at ${PLACES.join(', ')}: apt-get install chromium`
  if (process.env['CI'] === 'true') throw new Error(reason)
  return reason
}

/** Starts the browser; the caller closes it. */
export function openBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((place) => existsSync(place)) ?? PLACES[0] ?? ''
  return chromium.launch({ executablePath, args: ARGUMENTS })
}
