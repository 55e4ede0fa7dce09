// Row types of API keys, of the calls that were made with them, and of how often they call.
import type { Generated } from 'kysely'
import type { BigId, BigInt8, Nullable } from './columns.ts'

export interface ApiTables {
  api_key: {
    id: BigId
    key_sha256: Buffer
    hint: string
    name: string
    owner: BigInt8
    scopes: string[]
    made_at: Date
    made_by: string
    expires_at: Nullable<Date>
    last_used_on: Nullable<string>
    revoked_at: Nullable<Date>
    revoked_by: Nullable<string>
  }
  api_call: {
    key_id: BigInt8
    idempotency_key: string
    operation: string
    lease_until: Date
    fence: string
    request_sha256: Nullable<Buffer>
    status: Nullable<number>
    content_type: Nullable<string>
    body: Nullable<string>
    made_at: Generated<Date>
    answered_at: Nullable<Date>
  }
  api_budget: { key_id: BigInt8; window_at: Date; used: number }
}
