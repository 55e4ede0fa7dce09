// The queue's names and payloads: ids only (threat T20), and never believed (threat T23).
import { z } from 'zod'

const campaignId = z.string().regex(/^[a-z][a-z0-9-]{2,60}$/)

/** Every kind of job, with what it may carry. A job is a hint: losing, replaying or doubling it costs only time. */
export const JOBS = {
  /** Send what is due in one shard of a campaign. */
  deliver: z.strictObject({ campaignId, shard: z.number().int().nonnegative() }),
  /** Launch a scheduled campaign. */
  launch: z.strictObject({ campaignId }),
} as const

export type JobName = keyof typeof JOBS
export type Payload<Name extends JobName> = z.output<(typeof JOBS)[Name]>

/** Returns the name of a job in the queue: one job for one piece of work at a time. BullMQ allows no ":" and no bare number. */
export function jobId<Name extends JobName>(name: Name, payload: Payload<Name>): string {
  return 'shard' in payload ? `${name}-${payload.campaignId}-${payload.shard}` : `${name}-${payload.campaignId}`
}

/** Returns the payload, or null for one that did not come from us. */
export function readPayload<Name extends JobName>(name: Name, data: unknown): Payload<Name> | null {
  const parsed = JOBS[name].safeParse(data)
  return parsed.success ? (parsed.data as Payload<Name>) : null
}
