// Row type of the lists that came through the console.
import type { Generated } from 'kysely'
import type { BigId, BigInt8, Json, Nullable } from './columns.ts'

export interface UploadTables {
  upload: {
    id: BigId
    file_name: string
    stored_as: string
    home: string
    bytes: BigInt8
    state: Generated<'uploaded' | 'checking' | 'checked' | 'importing' | 'imported' | 'failed' | 'discarded'>
    options: Json<object>
    uploaded_by: string
    uploaded_at: Date
    actor: Nullable<string>
    changed_at: Date
    rows_read: BigInt8
    rows_rejected: BigInt8
    bytes_read: BigInt8
    is_writing: Generated<boolean>
    runs: Generated<number>
    run: Nullable<string>
    lease_until: Nullable<Date>
    report: Nullable<object>
    problem: Nullable<string>
    import_id: Nullable<string>
    is_cleared: Generated<boolean>
  }
}
