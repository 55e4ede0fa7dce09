// What is kept for a minute, and what ends it at once.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findCampaign } from '../../src/campaign/campaigns.ts'
import { overrideStance } from '../../src/campaign/create.ts'
import { recently } from '../../src/campaign/recently.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, draftCampaign } from '../support/reference-campaign.ts'

let store: Store
let id: string
let made = 0

beforeAll(async () => {
  store = await testDatabase({ reference: true })
  id = await draftCampaign(store.db)
})
afterAll(() => store[Symbol.asyncDispose]())

async function look(seconds: number, isFresh = false): Promise<{ value: number; at: Date }> {
  const now = new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))
  const make = async () => ++made
  return await recently(store.db, await findCampaign(store.db, id), { name: 'count', now, isFresh, make })
}

it('is worked out once a minute, however often somebody looks', async () => {
  const first = await look(0)
  expect((await look(59)).value).toBe(first.value)
  expect((await look(59)).at).toEqual(first.at)
  const before = made
  expect((await look(200)).value).toBe(before + 1)
  expect((await look(201)).at).toEqual(new Date(Date.UTC(2026, 0, 1, 0, 3, 20)))
})

it('is worked out anew when somebody asks for it, and when somebody has changed anything', async () => {
  const { value } = await look(201)
  expect((await look(202, true)).value).toBe(value + 1)
  await overrideStance(store.db, id, { bioguide: 'M001176', stance: 'neutral', reason: 'a test' }, ACT)
  expect((await look(203)).value).toBe(value + 2)
  expect((await look(204)).value).toBe(value + 2)
})

it('keeps no failure', async () => {
  const campaign = await findCampaign(store.db, id)
  const now = new Date()
  const fail = { name: 'failing', now, make: () => Promise.reject(new Error('away')) }
  await expect(recently(store.db, campaign, fail)).rejects.toThrow('away')
  expect((await recently(store.db, campaign, { name: 'failing', now, make: async () => 'back' })).value).toBe('back')
})
