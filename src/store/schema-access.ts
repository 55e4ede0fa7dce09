// Row types of accounts, sessions and links.
import type { ColumnType } from 'kysely'
import type { BigId, Nullable } from './columns.ts'

type Role = 'viewer' | 'author' | 'approver' | 'compliance' | 'admin'

export interface AccessTables {
  account: {
    id: BigId
    email: string
    name: string
    role: Role
    password_hash: string
    totp_secret: Nullable<Buffer>
    totp_since: Nullable<Date>
    totp_step: Nullable<string>
    recovery_codes: ColumnType<Buffer[], Buffer[] | undefined, Buffer[]>
    made_at: Date
    made_by: string
    disabled_at: Nullable<Date>
  }
  session: {
    token_sha256: Buffer
    account_id: string
    stage: 'code' | 'enrolment' | 'whole'
    browser: string
    notice: Nullable<string>
    made_at: Date
    seen_at: Date
    expires_at: Date
  }
  account_link: {
    token_sha256: Buffer
    kind: 'invitation' | 'reset'
    account_id: Nullable<string>
    email: Nullable<string>
    role: Nullable<Role>
    made_by: string
    made_at: Date
    expires_at: Date
    used_at: Nullable<Date>
  }
  failed_try: { key: Buffer; failures: number; last_at: Date }
}
