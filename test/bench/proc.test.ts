// What the benchmark reads from /proc.
import { expect, test } from 'vitest'
import { cpuMsOf, familyCpuMs, parsePeak, parseStat, peakBytesOf } from './proc.ts'

const FIELDS = 'S 41 1 1 0 -1 4194560 900 800 0 0 123 45 67 8 20 0 1 0 100 1000 50'

test('a line of stat gives times in milliseconds, those of ended children apart', () => {
  expect(parseStat(`42 (node) ${FIELDS}`)).toEqual({
    pid: 42,
    name: 'node',
    parent: 41,
    cpuMs: 1680,
    endedChildrenMs: 750,
  })
})

test('a name with spaces and parentheses does not shift the fields', () => {
  expect(parseStat(`42 (a) S 7 (b) ${FIELDS}`)).toMatchObject({ name: 'a) S 7 (b', parent: 41, cpuMs: 1680 })
})

test('a text that is no line of stat is refused', () => {
  expect(() => parseStat('')).toThrow('no line of /proc/PID/stat')
  expect(() => parseStat('42 (node) S')).toThrow('no line of /proc/PID/stat')
})

test('the peak is read in bytes, and is missing once a process has ended', () => {
  expect(parsePeak('Name:\tnode\nVmPeak:\t  900 kB\nVmHWM:\t  200 kB\nVmRSS:\t  100 kB\n')).toBe(204_800)
  expect(parsePeak('Name:\tnode\nState:\tZ (zombie)\n')).toBeNull()
})

test.skipIf(process.platform !== 'linux')(
  'this process has used time and memory, and a family has used as much',
  async () => {
    expect(await cpuMsOf(process.pid)).toBeGreaterThan(0)
    expect(await peakBytesOf(process.pid)).toBeGreaterThan(1e6)
    expect(await familyCpuMs(process.pid)).toBeGreaterThan(0)
  },
)

test('a process that does not exist has neither', async () => {
  expect(await cpuMsOf(2 ** 30)).toBeNull()
  expect(await peakBytesOf(2 ** 30)).toBeNull()
})
