// The manifest: read strictly, every problem with its place and what to do.
import { describe, expect, it } from 'vitest'
import { offsetOfKey, parseManifest } from '../../src/message/manifest.ts'
import { MANIFEST_YAML } from './samples.ts'

function problems(yaml: string) {
  const result = parseManifest(yaml)
  return result.ok ? [] : result.problems
}

/** The sample manifest with one line replaced. */
function withLine(start: string, line: string): string {
  const changed = MANIFEST_YAML.split('\n').map((each) => (each.startsWith(start) ? line : each))
  return changed.join('\n')
}

describe('parseManifest', () => {
  it('reads a whole manifest and fills in what may be absent', () => {
    const result = parseManifest(MANIFEST_YAML)
    expect(result).toMatchObject({
      ok: true,
      manifest: {
        name: 'sample',
        ambiguous: 'senators_only',
        unresolved: 'generic',
        expiresAfterHours: 72,
        doubt: 'hold',
      },
    })
    expect(result.ok && result.manifest.rollCalls[0]?.stances).toEqual({
      nay: 'champion',
      yea: 'opponent',
      not_voting: 'absent',
    })
  })

  it('keeps a day as the day it says', () => {
    const result = parseManifest(`${MANIFEST_YAML}callOn: 2017-12-22\n`)
    expect(result.ok && result.manifest.callOn).toBe('2017-12-22')
  })

  it('takes a candidate as a position', () => {
    const yaml = MANIFEST_YAML.replace('{ nay: champion,', '{ "candidate:Pelosi": champion,')
    expect(parseManifest(yaml).ok).toBe(true)
  })

  it.each([
    [
      'an unknown key',
      withLine('title:', 'titel: x'),
      'manifest_unknown_key',
      2,
      1,
      /titel is not a key/,
      'did you mean title?',
    ],
    [
      'an unknown key further in',
      withLine('from:', 'from: { name: A, adress: a@b.example }'),
      'manifest_unknown_key',
      6,
      18,
      /from\.adress/,
      'did you mean address?',
    ],
    ['a missing key', withLine('language:', ''), 'manifest_missing', 1, 1, /language is missing/, 'add it'],
    ['a bad word', withLine('purpose:', 'purpose: fun'), 'manifest_value', 4, 1, /purpose: "fun"/, undefined],
    [
      'a bad address',
      withLine('from:', 'from: { name: A, address: "a@x\\r\\nb" }'),
      'manifest_value',
      6,
      18,
      /is not an address/,
      undefined,
    ],
    [
      'a bad roll call',
      MANIFEST_YAML.replace('h708-115.2017', 'h708'),
      'manifest_value',
      12,
      7,
      /h708.*is no roll call id/,
      undefined,
    ],
    [
      'an unknown position',
      MANIFEST_YAML.replace('{ nay:', '{ no:'),
      'manifest_value',
      12,
      52,
      /"no" is no position/,
      undefined,
    ],
    [
      'a stance no rule may give',
      MANIFEST_YAML.replace('nay: champion', 'nay: vacant'),
      'manifest_value',
      12,
      52,
      /"vacant"/,
      undefined,
    ],
    [
      'an http link',
      withLine('  website:', '  website: http://x.example/'),
      'manifest_value',
      26,
      3,
      /not an https URL/,
      undefined,
    ],
    [
      'a line break in a header',
      withLine('  name: Sample', '  name: "a\\nb"'),
      'manifest_value',
      22,
      3,
      /line break/,
      undefined,
    ],
    [
      'a name that looks like an address',
      withLine('from:', 'from: { name: "ceo@bank.example", address: a@b.example }'),
      'manifest_value',
      6,
      9,
      /must not look like one/,
      undefined,
    ],
    ['too long a name', withLine('name:', `name: ${'a'.repeat(41)}`), 'manifest_value', 1, 1, /a{40}/, undefined],
    ['broken YAML', 'name: [', 'manifest_syntax', 1, 8, /./, 'write valid YAML 1.2'],
  ])('refuses %s with its line and column', (_, yaml, code, line, column, message, hint) => {
    const found = problems(yaml)
    const problem = found.find((each) => each.code === code && message.test(each.message))
    expect(problem ?? found).toMatchObject({ severity: 'error', file: 'campaign.yaml', line, column })
    expect(problem?.hint).toBe(hint)
  })

  it('reports all problems at once', () => {
    expect(problems('name: X\n').length).toBeGreaterThan(10)
    expect(problems('').length).toBeGreaterThan(0)
    expect(problems('- a\n- b\n').length).toBeGreaterThan(0)
  })

  it('refuses a manifest that is too big or refers to itself without end', () => {
    expect(problems(`name: ${'a'.repeat(70_000)}`)[0]?.code).toBe('manifest_too_big')
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ].join('\n')
    expect(problems(bomb)[0]?.code).toBe('manifest_syntax')
  })
})

describe('offsetOfKey', () => {
  it('finds where a key stands', () => {
    expect(MANIFEST_YAML.slice(offsetOfKey(MANIFEST_YAML, ['subject'])).startsWith('subject:')).toBe(true)
    expect(MANIFEST_YAML.slice(offsetOfKey(MANIFEST_YAML, ['scripts', 'opponent'])).startsWith('opponent:')).toBe(true)
    expect(offsetOfKey(MANIFEST_YAML, ['nowhere'])).toBe(0)
  })
})
