// Figures in the copy must be the official ones.
import { describe, expect, it } from 'vitest'
import { lintTallies } from '../../../src/message/lint/tallies.ts'
import type { RollCallView } from '../../../src/message/view.ts'

function rollCall(id: string, yea: number, nay: number): RollCallView {
  const words = { result: '', question: '', heldOn: '', heldAt: '' }
  return { id, chamber: 'house', yea, nay, present: 0, notVoting: 0, ...words }
}

const ROLL_CALLS = [rollCall('h708-115.2017', 231, 188), rollCall('s325-115.2017', 66, 32)]

function codes(copy: string): string[] {
  return lintTallies(copy, 'the subject', ROLL_CALLS).map(({ code }) => code)
}

describe('a tally in the copy', () => {
  it.each([
    '231–188',
    '231-188',
    '231—188',
    '231 – 188',
    '231 to 188',
    '(66-32)',
    'by 66\nto\n32.',
    '231 voted yes and 188 no',
    '66 in favor, 32 against',
  ])('passes as "%s"', (copy) => {
    expect(codes(copy)).toEqual([])
  })

  it.each(['231–189', '230 to 188', 'passed 67-32.', '66 to\n33', '231 yes, 187 no'])('is wrong as "%s"', (copy) => {
    expect(codes(copy)).toEqual(['tally_wrong'])
  })

  it('says which counts would be right', () => {
    const [problem] = lintTallies('It passed 65-32.', 'the text part', ROLL_CALLS)
    expect(problem).toMatchObject({
      severity: 'error',
      message: '"65-32" in the text part is not the count of any roll call of this campaign',
      hint: 'h708-115.2017: 231–188, s325-115.2017: 66–32',
    })
  })

  it('is called reversed when the figures stand the other way round', () => {
    expect(codes('188–231')).toEqual(['tally_reversed'])
    expect(codes('32 to 66')).toEqual(['tally_reversed'])
  })

  it('is told once however often it stands there', () => {
    expect(codes('67-32, and again 67-32')).toEqual(['tally_wrong'])
  })

  it.each([
    '1-855-980-2355',
    '(855) 980-2355',
    '2017-12-21',
    'DC 20010-1234',
    '501(c)(4)',
    'from 9 to 5',
    'open 24-7',
    'takes 30 to 60 seconds',
    'December 19–22',
    'https://x.example/231-189',
    'gifts of $20 to $50',
    '20–40 percent',
    'H.R. 1370-115',
    'age 16–35',
  ])('is not seen in "%s"', (copy) => {
    expect(codes(copy)).toEqual([])
  })
})
