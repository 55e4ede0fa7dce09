// Payloads are ids only, and whatever else stands in the queue is thrown away.
import { expect, test } from 'vitest'
import { jobId, readPayload } from '../../src/queue/jobs.ts'

test('T20: a payload holds ids and nothing else', () => {
  expect(readPayload('deliver', { campaignId: 'dream-act', shard: 3 })).toEqual({ campaignId: 'dream-act', shard: 3 })
  expect(readPayload('deliver', { campaignId: 'dream-act', shard: 3, address: 'ada@example.org' })).toBeNull()
})

test('T23: a forged payload is not read', () => {
  const forged = [
    null,
    'x',
    7,
    {},
    { campaignId: 'dream-act' },
    { campaignId: "x'; DROP TABLE delivery; --", shard: 0 },
    { campaignId: 'dream-act', shard: -1 },
    { campaignId: 'dream-act', shard: 1.5 },
  ]
  for (const data of forged) expect(readPayload('deliver', data)).toBeNull()
  expect(readPayload('launch', { campaignId: ['dream-act'] })).toBeNull()
})

test('a job has the name of its work, without the colon that BullMQ refuses', () => {
  expect(jobId('deliver', { campaignId: 'dream-act-2017', shard: 12 })).toBe('deliver-dream-act-2017-12')
  expect(jobId('launch', { campaignId: 'dream-act-2017' })).toBe('launch-dream-act-2017')
})
