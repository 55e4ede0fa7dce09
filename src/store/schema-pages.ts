// Row types of what the subscriber pages write down.
import type { ColumnType } from 'kysely'
import type { BigId, BigInt8, Json, Nullable } from './columns.ts'

export interface PageTables {
  page_link: {
    token_sha256: Buffer
    act: 'undo' | 'edit' | 'new_address' | 'join' | 'refuse_forwards'
    address_key: Buffer
    subscriber_id: Nullable<string>
    detail: Json<Record<string, string>>
    made_at: Date
    expires_at: Nullable<Date>
    used_at: Nullable<Date>
  }
  subscriber_wish: {
    subscriber_id: BigInt8
    topics_off: ColumnType<string[], string[] | undefined, string[]>
    paused_until: Nullable<Date>
    changed_at: Date
  }
  forward: { id: BigId; campaign_id: string; subscriber_id: BigInt8; friend_key: Buffer; at: Date }
  page_allowance: { what: 'join' | 'edit' | 'undo' | 'new_address'; address_key: Buffer; day: string; used: number }
}
