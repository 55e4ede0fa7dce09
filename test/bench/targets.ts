// What the product is meant to reach, beside what a run measured.
import type { Results, SendLine } from './results.ts'

export interface Target {
  what: string
  wanted: number
  /** Whether more or less is good. */
  better: 'more' | 'less'
  unit: string
  /** Null when the run did not measure it. */
  measured: number | null
  /** Which line the figure is from, and what else limits it. */
  from: string
}

/** Returns the targets with what was measured; of several lines that could be meant, the fastest one counts and is named. */
export function targetsOf(results: Results): Target[] {
  const plain = fastest(results.sends, /^rollcall\/.*\/plain$/)
  const signed = fastest(results.sends, /^rollcall\/.*\/dkim$/)
  const limit = rateOf(results, 'limit')
  const million = results.scale.find((line) => line.recipients === 1_000_000)
  const thousand = results.sendgrid.find((line) => line.batch === 1_000)
  const imported = results.imported?.rows === 1_000_000 ? results.imported : null
  const more = (what: string, wanted: number, line: SendLine | undefined, base: number | null): Target => ({
    what,
    wanted,
    better: 'more',
    unit: '×',
    measured: line === undefined || base === null ? null : line.perSecond / base,
    from: line?.name ?? '',
  })
  const less = (what: string, wanted: number, unit: string, measured: number | undefined, from = ''): Target => ({
    what,
    wanted,
    better: 'less',
    unit,
    measured: measured ?? null,
    from,
  })
  return [
    more('whole, to the limit', 0.4, plain, limit),
    more('whole, to the usual way', 4, plain, rateOf(results, 'usual')),
    more('whole, to the naive way', 40, plain, rateOf(results, 'naive')),
    more('whole with RSA-2048 DKIM, to the limit', 0.25, signed, limit),
    less('launch of 1,000,000', 15, 's', million?.launchSeconds ?? undefined, million?.name),
    less('memory of a worker at 1,000,000', 250, 'MB', megabytes(million?.peakBytes), million?.remark ?? million?.name),
    less('SendGrid calls per 1,000 of one variant', 2, 'calls', thousand?.callsPerThousand, thousand?.name),
    less('import of 1,000,000 rows', 30, 's', imported?.seconds, imported ? 'import' : ''),
  ]
}

/** Returns `pass`, `short by 12 %`, `over by 12 %`, or `not measured`. */
export function verdictOf({ measured, wanted, better }: Target): string {
  if (measured === null) return 'not measured'
  const miss = better === 'more' ? (wanted - measured) / wanted : (measured - wanted) / wanted
  if (miss <= 0) return 'pass'
  return `${better === 'more' ? 'short' : 'over'} by ${Math.max(1, Math.round(miss * 100))} %`
}

/** Returns the messages a second of a line; null when it was not measured. */
export function rateOf({ sends }: Pick<Results, 'sends'>, name: string): number | null {
  return sends.find((line) => line.name === name)?.perSecond ?? null
}

function fastest(lines: readonly SendLine[], pattern: RegExp): SendLine | undefined {
  return lines.filter((line) => pattern.test(line.name)).toSorted((a, b) => b.perSecond - a.perSecond)[0]
}

function megabytes(bytes: number | null | undefined): number | undefined {
  return bytes === null || bytes === undefined ? undefined : bytes / 1e6
}
