// A roll call in words, in Washington's time.
import { describe, expect, it } from 'vitest'
import { rollCallView } from '../../src/message/roll-call-view.ts'

const RECORD = {
  id: 'h708-115.2017',
  chamber: 'house' as const,
  heldAt: new Date('2017-12-21T16:53:00-05:00'),
  question: 'On Motion to Concur',
  result: 'Passed',
  totals: { yea: 231, nay: 188, not_voting: 13, present: 0 },
}

describe('a roll call', () => {
  it('gives the official totals, the day and the hour in Eastern time', () => {
    expect(rollCallView(RECORD)).toMatchObject({
      yea: 231,
      nay: 188,
      notVoting: 13,
      heldOn: 'December 21, 2017',
      heldAt: '4:53 p.m. Eastern',
    })
  })

  it('keeps the Washington day of a vote held at night, in summer time too', () => {
    const night = rollCallView({ ...RECORD, heldAt: new Date('2017-07-28T05:29:00Z') })
    expect([night.heldOn, night.heldAt]).toEqual(['July 28, 2017', '1:29 a.m. Eastern'])
    expect(rollCallView({ ...RECORD, heldAt: new Date('2017-12-21T17:05:00Z') }).heldAt).toBe('12:05 p.m. Eastern')
  })

  it('counts guilty as yea', () => {
    const trial = rollCallView({ ...RECORD, totals: { guilty: 57, not_guilty: 43 } })
    expect([trial.yea, trial.nay, trial.present]).toEqual([57, 43, 0])
  })
})
