// Figures, times and bars, alike on every page.
import type { Desk, Guest } from '../desk.ts'

/** Returns `1,234`. */
export function count(value: number | string): string {
  return Number(value).toLocaleString('en-US')
}

/** Returns `4.2 %`, `0.03 %`; `–` without a whole. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (part / whole) * 100
  return `${percent.toLocaleString('en-US', { maximumFractionDigits: percent < 1 ? 2 : 1 })} %`
}

/** Returns `3 s`, `12 min`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 1) return `${Math.round(ms)} ms`
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.round(minutes / 1440)} days`
}

/** A moment in the viewer's time zone, which is named. */
export function When({ desk, at, seconds }: { desk: Guest; at: Date | null; seconds?: boolean }) {
  if (at === null) return <span class="none">–</span>
  return (
    <time class="when" datetime={at.toISOString()}>
      {timeText(desk.zone, at, seconds ?? false)}
    </time>
  )
}

const FORMATS = new Map<string, Intl.DateTimeFormat>()

/** Returns `Nov 24, 2026, 3:42 PM EST`. */
export function timeText(zone: string, at: Date, seconds = false): string {
  const key = `${zone} ${seconds}`
  let format = FORMATS.get(key)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      ...(seconds ? { second: '2-digit' as const } : {}),
      timeZoneName: 'short',
    })
    FORMATS.set(key, format)
  }
  return format.format(at)
}

/** A calendar day as everybody writes it. */
export function dayText(day: string): string {
  return new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' }).format(
    new Date(`${day}T00:00:00Z`),
  )
}

/** How far something has come. `words` are for those who do not see it. */
export function Bar({
  part,
  whole,
  words,
  tone = 'accent',
}: {
  part: number
  whole: number
  words: string
  tone?: 'accent' | 'good' | 'bad' | 'soft'
}) {
  const width = whole === 0 ? 0 : Math.min(100, (part / whole) * 100)
  return (
    <svg class={`bar ${tone}`} role="img" aria-label={words} viewBox="0 0 100 8" preserveAspectRatio="none">
      <rect class="ground" width="100" height="8" />
      <rect class="part" width={width.toFixed(2)} height="8" />
    </svg>
  )
}

export interface Slice {
  /** Also its class in the stylesheet: `state-sent`. */
  name: string
  words: string
  count: number
}

/** Several parts of one whole, side by side, with their legend. */
export function StackedBar({ slices, label }: { slices: readonly Slice[]; label: string }) {
  const whole = slices.reduce((sum, each) => sum + each.count, 0)
  let x = 0
  const shown = slices.filter((each) => each.count > 0)
  return (
    <div class="stacked">
      <svg class="bar stack" role="img" aria-label={label} viewBox="0 0 1000 24" preserveAspectRatio="none">
        <rect class="ground" width="1000" height="24" />
        {shown.map(({ name, count: each }) => {
          // A single message in a million still shows.
          const width = Math.max(2, (each / whole) * 1000)
          const from = x
          x += (each / whole) * 1000
          return <rect class={name} x={from.toFixed(1)} width={width.toFixed(1)} height="24" />
        })}
      </svg>
      <ul class="legend">
        {shown.map(({ name, words, count: each }) => (
          <li>
            <span class={`dot ${name}`} aria-hidden="true"></span>
            {words} <b>{count(each)}</b> <span class="soft">{share(each, whole)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** A line of the last values, oldest first. */
export function Sparkline({ values, words }: { values: readonly number[]; words: string }) {
  const most = Math.max(1, ...values)
  const step = values.length > 1 ? 600 / (values.length - 1) : 0
  const points = values.map((value, index) => `${(index * step).toFixed(1)},${(78 - (value / most) * 74).toFixed(1)}`)
  return (
    <svg class="spark" role="img" aria-label={words} viewBox="0 0 600 80" preserveAspectRatio="none">
      <polygon class="area" points={`0,80 ${points.join(' ')} 600,80`} />
      <polyline class="line" points={points.join(' ')} />
    </svg>
  )
}

/** A figure with its name, for the top of a page. */
export function Figure({
  words,
  value,
  note,
  tone,
}: {
  words: string
  value: string
  note?: string
  tone?: 'good' | 'bad' | 'warn'
}) {
  return (
    <div class={`figure ${tone ?? ''}`}>
      <dt>{words}</dt>
      <dd>
        {value}
        {note === undefined ? null : <small>{note}</small>}
      </dd>
    </div>
  )
}

/** The name of a state as a coloured mark. */
export function Badge({ name, words }: { name: string; words?: string }) {
  return <span class={`badge ${name.replace(/_/g, '-')}`}>{words ?? name.replace(/_/g, ' ')}</span>
}

/** Says who sees which zone, where times matter. */
export function ZoneNote({ desk }: { desk: Desk }) {
  return <p class="small">Times are in {desk.zone.replace(/_/g, ' ')}.</p>
}
