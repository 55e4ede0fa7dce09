// Looking a ZIP up on a day: for whom to call.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lookup } from '../../src/congress/lookup.ts'
import type { Lookup } from '../../src/congress/lookup.ts'
import { loadReference } from '../../src/congress/reference.ts'
import { fixedClock } from '../../src/core/clock.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { FIXTURE } from './reference-campaign.ts'

let store: Store

beforeAll(async () => {
  store = await testDatabase()
  await loadReference(store.db, FIXTURE, fixedClock('2018-01-05T12:00:00Z'))
})
afterAll(() => store[Symbol.asyncDispose]())

function holders(found: Lookup): (string | null)[] {
  return found.seats.map((entry) => entry.holder?.name ?? null)
}

describe('lookup', () => {
  test('names the holders of that day, House first', async () => {
    const december = await lookup(store.db, '35203', '2017-12-21')
    expect(holders(december)).toEqual(['Terri A. Sewell', 'Luther Strange', 'Richard C. Shelby'])
    expect(holders(await lookup(store.db, '35203', '2018-01-04'))).toContain('Doug Jones')
    expect(december).toMatchObject({ zip: '35203', mapId: '115', basis: 'zip', states: ['Alabama'] })
    expect(december.sentences[1]).toMatch(/^House AL-7: Terri A. Sewell \(D\), since 2017-01-03\.$/)
  })

  test('says vacant, split, and two states', async () => {
    const found = await lookup(store.db, '15003', '2017-12-21')
    expect(found.sentences.slice(0, 3)).toEqual([
      '15003 is split between 2 House seats in Pennsylvania.',
      'House PA-12: Keith J. Rothfus (R), since 2017-01-03, possibly.',
      'House PA-18: vacant on 2017-12-21, possibly.',
    ])
    expect(found.seats.map((entry) => entry.candidate)).toEqual([true, true, false, false])
    const border = await lookup(store.db, '21912-1234', '2017-12-21')
    expect(border).toMatchObject({ zip: '21912', plus4: '1234', states: ['Delaware', 'Maryland'] })
    expect(border.seats.every((entry) => entry.candidate)).toBe(true)
    expect(border.sentences[0]).toMatch(/so its senators are not certain either/)
  })

  test('says military, freely associated, PO box and unknown', async () => {
    expect(await lookup(store.db, '09001', '2017-12-21')).toMatchObject({
      basis: 'none',
      special: 'military',
      seats: [],
    })
    expect(await lookup(store.db, '96941', '2017-12-21')).toMatchObject({ basis: 'none', special: 'freely_associated' })
    expect(await lookup(store.db, '10118', '2017-12-21')).toMatchObject({ basis: 'state', states: ['New York'] })
    expect((await lookup(store.db, '20500', '2017-12-21')).sentences[0]).toMatch(/the state has one House seat/)
    expect((await lookup(store.db, '00000', '2017-12-21')).sentences).toEqual([
      '00000 is not known: no seat can be told from it.',
    ])
  })

  test('bridges a gap of up to 14 days between two terms of one person, and says so', async () => {
    const smith = (await lookup(store.db, '55401', '2018-11-06')).seats.find((entry) => entry.seat.id === 'US-S-MN-2')
    expect(smith?.holder).toMatchObject({ name: 'Tina Smith', party: 'D' })
  })

  test.each([
    ['9721', '2017-12-21', 'bad_zip'],
    ['97212', '2017-02-30', 'bad_day'],
    ['97212', '2030-01-01', 'no_map'],
  ])('%s on %s is refused: %s', async (zip, day, code) => {
    await expect(lookup(store.db, zip, day)).rejects.toThrow(expect.objectContaining({ code }))
  })
})
