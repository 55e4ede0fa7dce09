// The row types of every table, as Kysely reads and writes them. The SQL files in migrations/ are the truth.
import type { ColumnType, Generated } from 'kysely'
import type { BigId, BigInt8, Json, Nullable } from './columns.ts'
import type { AccessTables } from './schema-access.ts'
import type { ApiTables } from './schema-api.ts'
import type { ComplianceTables } from './schema-compliance.ts'
import type { CongressTables } from './schema-congress.ts'
import type { DraftTables } from './schema-drafts.ts'
import type { FeedbackTables } from './schema-feedback.ts'
import type { PageTables } from './schema-pages.ts'
import type { SegmentTables } from './schema-segments.ts'
import type { UploadTables } from './schema-uploads.ts'

export interface Schema
  extends
    AccessTables,
    ApiTables,
    ComplianceTables,
    CongressTables,
    FeedbackTables,
    PageTables,
    DraftTables,
    SegmentTables,
    UploadTables {
  subscriber_import: {
    id: BigId
    file_name: string
    source: string
    sha256: string
    rows_read: number
    added: number
    updated: number
    unchanged: number
    suppressed: number
    rejected: number
    started_at: Date
    finished_at: Date
  }
  subscriber: {
    id: BigId
    address: string
    address_key: Buffer
    domain: string
    needs_smtputf8: Generated<boolean>
    first_name: Generated<string>
    last_name: Generated<string>
    zip: Nullable<string>
    plus4: Nullable<string>
    created_at: Date
    updated_at: Date
  }
  subscriber_seat: {
    subscriber_id: BigInt8
    map_id: string
    seat_id: string
    basis: 'address' | 'manual'
    resolved_at: Date
  }
  suppression: {
    address_key: Buffer
    reason: 'unsubscribe' | 'complaint' | 'hard_bounce' | 'legal' | 'manual' | 'import'
    channel: 'one_click' | 'page' | 'mailto' | 'reply' | 'complaint' | 'bounce' | 'console' | 'cli' | 'import'
    note: Generated<string>
    set_by: string
    set_at: Date
  }
  consent_event: {
    id: BigId
    address_key: Buffer
    act: 'imported' | 'subscribed' | 'suppressed' | 'released'
    basis: string
    evidence: Json<Record<string, unknown>>
    import_id: Nullable<string>
    at: Date
    wording: Nullable<string>
    ip_network: Nullable<string>
    expires_at: Nullable<Date>
  }
  consent_state: {
    address_key: Buffer
    act: 'imported' | 'subscribed' | 'suppressed' | 'released'
    basis: string
    wording: string | null
    at: Date
    expires_at: Date | null
    may_be_written_to: boolean
  }
  audit_entry: {
    id: BigId
    at: Generated<Date>
    actor: string
    act: string
    object: string
    before_sha256: Nullable<Buffer>
    after_sha256: Nullable<Buffer>
    reason: Generated<string>
    place: Nullable<string>
    hash: Nullable<Buffer>
  }
  data_request: {
    id: BigId
    kind: 'export' | 'rectify' | 'erase'
    address_key: Buffer
    requested_at: Date
    due_at: Date
    note: Generated<string>
    taken_by: string
    done_at: Nullable<Date>
    done_by: Nullable<string>
    result: Nullable<unknown>
  }
  retention_run: {
    id: BigId
    data_class: string
    cutoff: Date
    removed: string
    started_at: Date
    finished_at: Date
    actor: string
  }
  secret_fingerprint: { singleton: Generated<boolean>; fingerprint: string }

  campaign: {
    id: string
    name: string
    state: 'draft' | 'approved' | 'scheduled' | 'sending' | 'paused' | 'finished' | 'cancelled'
    revision: number
    audience: Nullable<number>
    shards: Nullable<number>
    transports: Nullable<readonly string[]>
    open_shards: Nullable<number>
    canary: Generated<number>
    canary_wait_minutes: Generated<number>
    canary_done_at: Nullable<Date>
    purpose: Generated<'advocacy' | 'fundraising' | 'commercial' | 'transactional'>
    doubt_policy: Generated<'hold' | 'resend'>
    pause_reason: Nullable<string>
    created_at: Date
    approved_at: Nullable<Date>
    approved_by: Nullable<string>
    approved_hash: Nullable<string>
    launch_at: Nullable<Date>
    launch_expect: Nullable<number>
    launch_wish: ColumnType<object | null, string | null | undefined, string | null>
    segment: ColumnType<object | null, string | null | undefined, string | null>
    launched_at: Nullable<Date>
    expires_at: Nullable<Date>
    finished_at: Nullable<Date>
  }
  campaign_revision: {
    campaign_id: string
    revision: number
    files: Json<Record<string, string>>
    content_hash: string
    author: Nullable<string>
    created_at: Date
  }
  opt_out: {
    id: BigId
    address_key: Buffer
    delivery_id: string | null
    channel: 'one_click' | 'page' | 'mailto' | 'reply' | 'complaint' | 'console' | 'cli'
    requested_at: Date
    effective_at: Date
  }
  converted_mjml: {
    source_sha256: Buffer
    html: string
    made_at: Generated<Date>
  }
  campaign_roll_call: {
    campaign_id: string
    roll_call_id: string
    chamber: 'house' | 'senate'
    role: 'primary' | 'secondary'
    frozen_sha256: Nullable<string>
  }
  stance_rule: {
    campaign_id: string
    roll_call_id: string
    option: string
    candidate_name: Generated<string>
    stance: 'champion' | 'opponent' | 'neutral' | 'absent'
  }
  stance_override: {
    campaign_id: string
    legislator_id: BigInt8
    stance: 'champion' | 'opponent' | 'neutral' | 'absent'
    reason: string
    set_by: string
    set_at: Date
  }
  campaign_variant: {
    campaign_id: string
    variant: number
    candidates: string
    outcome: string
    skip_reason: Nullable<'ambiguous' | 'unresolved'>
    match: Json<object>
  }
  campaign_zip: { campaign_id: string; zip: string; variant: number }
  campaign_event: {
    id: BigId
    campaign_id: string
    act: string
    actor: string
    detail: Json<Record<string, unknown>>
    at: Date
  }

  delivery: {
    campaign_id: string
    id: BigId
    subscriber_id: BigInt8
    address_key: Buffer
    zip: Nullable<string>
    variant: number
    shard: number
    provider: Generated<'google' | 'microsoft' | 'yahoo' | 'apple' | 'other'>
    state: 'pending' | 'sending' | 'sent' | 'deferred' | 'bounced' | 'failed' | 'skipped' | 'in_doubt'
    reason: Nullable<string>
    attempt: Generated<number>
    fence: ColumnType<string, string | number | undefined, string | number>
    lease_until: Nullable<Date>
    next_at: Nullable<Date>
    message_id: Nullable<string>
    raw_sha256: Nullable<Buffer>
    transport: Nullable<string>
    reply: Nullable<string>
    sent_at: Nullable<Date>
    updated_at: Date
  }
  attempt: {
    campaign_id: string
    delivery_id: BigInt8
    fence: BigInt8
    number: number
    transport: string
    ending: 'sent' | 'deferred' | 'bounced' | 'failed' | 'skipped' | 'in_doubt' | 'released'
    reply_code: Nullable<number>
    reply_text: Nullable<string>
    sentence: string
    started_at: Date
    ended_at: Date
  }
  lane: {
    transport: string
    paused_until: Nullable<Date>
    pause_reason: Nullable<string>
    failures: Generated<number>
  }
  throttle: {
    key: string
    per_second: Nullable<number>
    ceiling: Nullable<number>
    tokens: Generated<number>
    filled_at: Generated<Date>
    per_day: Nullable<number>
    day: Generated<string>
    used_today: Generated<number>
    slowed_at: Nullable<Date>
    eased_at: Nullable<Date>
    slow_reason: Nullable<string>
  }
  worker: { id: string; started_at: Date; seen_at: Date }
  connection_slot: { transport: string; slot: number; worker_id: Nullable<string>; until: Date }
  kill_switch: {
    singleton: Generated<boolean>
    engaged: Generated<boolean>
    reason: Generated<string>
    set_by: Generated<string>
    set_at: Generated<Date>
  }
}
