// Row types of segments and of the breakdowns that reports keep.
import type { BigId, Json } from './columns.ts'

export interface SegmentTables {
  segment: {
    id: BigId
    name: string
    rules: Json<Record<string, unknown>>
    set_by: string
    set_at: Date
  }
  campaign_breakdown: {
    campaign_id: string
    kind: 'report' | 'domains'
    figures: Json<object>
    taken_at: Date
    took_ms: number
  }
}
