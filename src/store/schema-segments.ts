// Row types of segments and of the figures that pages keep.
import type { BigId, Json } from './columns.ts'

export interface SegmentTables {
  segment: {
    id: BigId
    name: string
    rules: Json<Record<string, unknown>>
    set_by: string
    set_at: Date
  }
  campaign_figures: {
    campaign_id: string
    kind: 'progress' | 'report' | 'domains'
    figures: Json<object>
    taken_at: Date
    took_ms: number
  }
}
