// How a launch at a later moment is to go, as it is kept with the campaign until then.
import { z } from 'zod'

const schema = z.strictObject({
  /** Names of transports, best first. Absent: as the settings say. */
  transports: z.array(z.string().min(1)).min(1).optional(),
  /** False: everybody at once. Absent: as the settings say. */
  canary: z.boolean().optional(),
})

export type LaunchPlan = z.infer<typeof schema>

/** Returns the plan that was kept; null: nothing but the settings. */
export function readLaunchPlan(kept: unknown): LaunchPlan {
  return schema.parse(kept ?? {})
}
