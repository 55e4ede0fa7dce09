// Status and report of a campaign as text for a terminal.
import type { LaneState } from '../delivery/lane-states.ts'
import type { Report, Status } from '../delivery/report.ts'
import { columns, type Terminal } from './terminal.ts'

/** Returns one line: the headline, the counts that are not zero, speed and time left. */
export function statusLine(status: Status): string {
  const counts = Object.entries(status.deliveries)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${state} ${number(count)}`)
  const speed = status.state === 'sending' && status.perSecond > 0 ? [`${Math.round(status.perSecond)}/s`] : []
  const left = status.state === 'sending' && status.remainingMs ? [`${duration(status.remainingMs)} left`] : []
  const audience = status.audience === null ? [] : [`audience ${number(status.audience)}`]
  const reason = status.pauseReason ? [`(${status.pauseReason})`] : []
  return [`${status.id}: ${status.headline}`, ...reason, ...audience, ...counts, ...speed, ...left].join(', ')
}

/** Returns a line for the canary and for each transport that has something to say. */
export function laneLines(status: Status): string[] {
  const lines: string[] = []
  if (status.canary?.isOut && status.state === 'sending')
    lines.push(`canary: ${number(status.canary.deliveries)} go first; the others follow when that has gone well`)
  if (status.limitPerSecond !== null) lines.push(`campaign: at most ${rate(status.limitPerSecond)}`)
  return [...lines, ...status.lanes.map(laneLine)]
}

function laneLine(lane: LaneState): string {
  const { throttle } = lane
  const said = [
    lane.pausedUntil ? `paused until ${lane.pausedUntil.toISOString()} (${lane.pauseReason ?? ''})` : 'open',
    `${lane.inTheAir} in the air`,
    ...(lane.failures > 0 ? [`${lane.failures} failures in a row`] : []),
    ...(throttle?.perSecond == null ? [] : [`at most ${rate(throttle.perSecond)}`]),
    ...(throttle?.slowReason == null ? [] : [`slowed down: ${throttle.slowReason}`]),
    ...(throttle?.perDay == null ? [] : [`${number(throttle.usedToday)} of ${number(throttle.perDay)} today`]),
    ...lane.providers.map((each) => `${each.key.split('/').at(-1)} at most ${rate(each.perSecond ?? 0)}`),
  ]
  return `${lane.transport}: ${said.join(', ')}`
}

function rate(perSecond: number): string {
  return perSecond >= 1 ? `${Number(perSecond.toPrecision(3))}/s` : `${Number((perSecond * 60).toPrecision(2))}/min`
}

/** Prints the report, a table for each question. */
export function printReport(terminal: Terminal, report: Report): void {
  terminal.line(report.name)
  terminal.line(`${report.id}: ${report.headline}; audience ${number(report.audience ?? 0)}`)
  if (report.tookMs !== null)
    terminal.line(`sent in ${duration(report.tookMs)}, ${Math.round(report.perSecond)} messages a second`)
  section(
    terminal,
    'By state',
    Object.entries(report.deliveries).filter(([, count]) => count > 0),
  )
  section(
    terminal,
    'By outcome',
    report.outcomes.map(({ outcome, count }): [string, number] => [outcome, count]),
  )
  section(
    terminal,
    'By reason',
    report.reasons.map(({ state, reason, count }): [string, number] => [`${state}: ${reason}`, count]),
  )
  section(
    terminal,
    'What messages said of a seat',
    report.stances.map(({ label, stance, seats }): [string, number] => [`${label} (${stance})`, seats]),
  )
  for (const { id } of report.rollCalls.filter((each) => each.changedSinceLaunch)) {
    terminal.line(`\nRoll call ${id} has changed since the launch: the messages say what it said then.`)
  }
}

function section(terminal: Terminal, title: string, rows: [string, number][]): void {
  if (rows.length === 0) return
  terminal.line(`\n${title}`)
  for (const line of columns(rows.map(([name, count]) => [`  ${name}`, number(count).padStart(9)]))) terminal.line(line)
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 1) return `${Math.round(ms)} ms`
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
