// The pages of a campaign's send: to whom, the last look, the wire, the report.
import type { Console } from '../console.ts'
import { audiencePages } from './audience.tsx'
import { livePages } from './live.tsx'
import { reportPages } from './report.tsx'
import { sendPages } from './send.tsx'

/** Adds everything from the audience to the report. */
export function sendingPages(console: Console): void {
  audiencePages(console)
  sendPages(console)
  livePages(console)
  reportPages(console)
}
