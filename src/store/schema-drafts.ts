// The row types of what is kept about campaigns in the making: figures of the list, previews of text that is not saved.
import type { Json } from './columns.ts'

export interface DraftTables {
  campaign_figure: {
    campaign_id: string
    deliveries: Json<Record<string, number>>
    recent: number
    counted_at: Date
  }
  kept_preview: {
    id_sha256: Buffer
    account_id: string
    sealed: Buffer
    kept_until: Date
  }
}
