// What the API says of seats, roll calls and import issues, field by field.
import { z } from 'zod'
import { at } from '../shapes.ts'

const chamber = z.enum(['house', 'senate'])
const totals = z.record(z.string(), z.number())

export const termShape = z.object({ seat: z.string(), start: z.string(), end: z.string() })

export const importIssue = z.object({
  id: z.string(),
  rollCallId: z.string().nullable(),
  code: z.string(),
  severity: z.enum(['blocking', 'warning']),
  subject: z.string(),
  sentence: z.string(),
  facts: z.record(z.string(), z.unknown()),
  createdAt: at,
  resolvedAt: at.nullable(),
  resolution: z.string().nullable(),
})

export const lookupShape = z.object({
  zip: z.string(),
  plus4: z.string().nullable(),
  on: z.string(),
  mapId: z.string(),
  basis: z.enum(['zip', 'state', 'address', 'manual', 'none']),
  special: z.enum(['military', 'freely_associated']).nullable(),
  states: z.array(z.string()),
  seats: z.array(
    z.object({
      seat: z.object({
        id: z.string(),
        chamber,
        usps: z.string(),
        district: z.number().int().nullable(),
        class: z.number().int().nullable(),
        voting: z.boolean(),
      }),
      stateName: z.string(),
      holder: z
        .object({
          bioguide: z.string(),
          name: z.string(),
          firstName: z.string(),
          lastName: z.string(),
          party: z.string(),
          since: z.string(),
          until: z.string(),
          betweenTerms: z.boolean(),
        })
        .nullable(),
      candidate: z.boolean().describe('not every candidate of the ZIP has this seat'),
    }),
  ),
  sentences: z.array(z.string()),
})

export const rollCallFacts = z.object({
  id: z.string(),
  chamber,
  congress: z.number().int(),
  session: z.number().int(),
  number: z.number().int(),
  heldAt: at,
  heldOn: z.string(),
  question: z.string(),
  voteType: z.string(),
  requirement: z.string().nullable(),
  result: z.string(),
  bill: z.string().nullable(),
  totals,
  byParty: z.record(z.string(), totals),
  tieBreaker: z.enum(['yea', 'nay']).nullable(),
  sourceUrl: z.string().nullable(),
  contentSha256: z.string(),
})
