// Row types of the proofs that the compliance desk ran.
import type { BigId, Json } from './columns.ts'

export interface ComplianceTables {
  compliance_check: {
    id: BigId
    actor: string
    started_at: Date
    took_ms: number
    is_sound: boolean
    result: Json<object>
  }
}
