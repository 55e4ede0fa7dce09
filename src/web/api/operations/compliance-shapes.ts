// What the API says of opt-outs, consents and data requests, field by field.
import { z } from 'zod'
import { at } from '../shapes.ts'

export const lateSend = z.object({
  campaignId: z.string(),
  deliveryId: z.string(),
  suppressedAt: at,
  reason: z.string(),
  startedAt: at,
  wasInTheAir: z.boolean(),
})

export const latency = z
  .object({
    wishes: z.number().int(),
    p50Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
    maxMs: z.number().nullable(),
  })
  .describe('from request to effect')

export const retentionState = z.object({ dataClass: z.string(), lastRunAt: at.nullable() })

export const optOut = z.object({
  id: z.string(),
  addressKey: z.string().describe('keyed hash, hex'),
  deliveryId: z.string().nullable(),
  channel: z.string(),
  requestedAt: at,
  effectiveAt: at,
})

export const dataRequest = z.object({
  id: z.string(),
  kind: z.enum(['export', 'rectify', 'erase']),
  addressKey: z.string(),
  requestedAt: at,
  dueAt: at,
  doneAt: at.nullable(),
  takenBy: z.string(),
  note: z.string(),
})

const act = z.enum(['imported', 'subscribed', 'suppressed', 'released'])

export const consent = z.object({
  addressKey: z.string(),
  state: z
    .object({
      act,
      basis: z.string(),
      wording: z.string().nullable(),
      at,
      expiresAt: at.nullable(),
      mayBeWrittenTo: z.boolean(),
    })
    .nullable()
    .describe('null: nothing is known of this address'),
  history: z.array(
    z.object({
      act,
      basis: z.string(),
      evidence: z.record(z.string(), z.unknown()),
      importId: z.string().nullish(),
      wording: z.string().nullish(),
      ipNetwork: z.string().nullish(),
      expiresAt: at.nullish(),
      at,
    }),
  ),
})
