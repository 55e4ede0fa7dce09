// The verdicts of a run, and the tables that show them.
import { expect, test } from 'vitest'
import { withResults } from './readme.ts'
import type { Results, SendLine } from './results.ts'
import { figure, report, table } from './tables.ts'
import { targetsOf, verdictOf, type Target } from './targets.ts'

function line(name: string, perSecond: number, more: Partial<SendLine> = {}): SendLine {
  const cpu = { sender: 10, steady: null, postgres: null, redis: null, sink: 5 }
  const none = { launchSeconds: null, peakBytes: null, earlyPeaks: null, meanBytes: null, problem: null, remark: null }
  return { name, messages: 1_000, perSecond, wallSeconds: 1, cpu, ...none, ...more }
}

function results(more: Partial<Results> = {}): Results {
  const machine = {
    takenAt: '2017-12-21',
    cpu: 'a processor',
    cores: 2,
    memoryGigabytes: 8,
    system: 'Linux',
    node: '24',
    postgres: '18',
    postgresSettings: { fsync: 'on' },
    redis: null,
    postfix: '3',
  }
  const none = {
    meanBytes: null,
    sends: [],
    split: null,
    profile: null,
    scale: [],
    sendgrid: [],
    unsubscribes: null,
    imported: null,
    failures: [],
  }
  return { machine, connections: 50, settings: {}, ...none, ...more }
}

function verdicts(given: Results): Record<string, string> {
  return Object.fromEntries(targetsOf(given).map((target) => [target.what, verdictOf(target)]))
}

test('what was not measured is said to be so, never passed', () => {
  expect(new Set(Object.values(verdicts(results())))).toEqual(new Set(['not measured']))
})

test('the fastest of the lines that could be meant counts, with and without a signature apart', () => {
  const sends = [
    line('limit', 1_000),
    line('rollcall/redis/1/plain', 300),
    line('rollcall/redis/2/plain', 410),
    line('rollcall/redis/2/dkim', 220),
  ]
  const targets = targetsOf(results({ sends }))
  expect(targets[0]).toMatchObject({ measured: 0.41, from: 'rollcall/redis/2/plain' })
  expect(verdicts(results({ sends }))).toMatchObject({
    'whole, to the limit': 'pass',
    'whole with RSA-2048 DKIM, to the limit': 'short by 12 %',
    'whole, to the usual way': 'not measured',
  })
})

test('the million is judged by the line of a million only', () => {
  const imported = { rows: 1_000_000, seconds: 36, nodeMicros: 1, postgresMicros: 1, peakBytes: 1 }
  const scaled = (recipients: number) => ({
    ...line(`scale/${recipients}`, 100, { launchSeconds: 16.5, peakBytes: 200e6 }),
    recipients,
    imported,
  })
  expect(verdicts(results({ scale: [scaled(10_000)] }))['launch of 1,000,000']).toBe('not measured')
  expect(verdicts(results({ scale: [scaled(1_000_000)], imported }))).toMatchObject({
    'launch of 1,000,000': 'over by 10 %',
    'memory of a worker at 1,000,000': 'pass',
    'import of 1,000,000 rows': 'over by 20 %',
  })
})

test('a miss below one per cent is still a miss', () => {
  const target: Target = { what: '', wanted: 15, better: 'less', unit: 's', measured: 15.01, from: '' }
  expect(verdictOf(target)).toBe('over by 1 %')
  expect(verdictOf({ ...target, measured: 15 })).toBe('pass')
})

test('figures keep the digits they deserve', () => {
  expect([12_345.6, 123.4, 12.34, 1.234, 0.1234, null, Number.NaN].map(figure)).toEqual([
    '12,346',
    '123',
    '12.3',
    '1.23',
    '0.123',
    '–',
    '–',
  ])
})

test('a table has the first column to the left and the others to the right', () => {
  expect(table(['way', 'per s'], [['limit', '6,500']])).toBe(
    ['| way   | per s |', '| ----- | ----: |', '| limit | 6,500 |'].join('\n'),
  )
})

test('ratios stand beside the lines, and a line whose accounts differ is void', () => {
  const sends = [line('limit', 1_000), line('rollcall/redis/1/plain', 250, { problem: 'audience 10, sink 9' })]
  const text = report(results({ sends }))
  expect(text).toContain('0.250 ×')
  expect(text).toContain('**No results:** rollcall/redis/1/plain: audience 10, sink 9')
})

test('results replace what stood between the markers and nothing else', () => {
  const [begin, end] = ['<!-- results: written by npm run bench -- --write -->', '<!-- end of results -->']
  expect(withResults(`a\n${begin}\n\nold\n\n${end}\nb\n`, 'new\n')).toBe(`a\n${begin}\n\nnew\n\n${end}\nb\n`)
  expect(() => withResults('no markers', 'new')).toThrow('needs the markers')
})
