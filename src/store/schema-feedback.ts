// Row types of what comes back.
import type { BigId, BigInt8, Json, Nullable } from './columns.ts'

export interface FeedbackTables {
  feedback_mail: {
    id: BigId
    sha256: Buffer
    source: 'smtp' | 'cli' | 'imap'
    envelope_to: Nullable<string>
    raw: Nullable<Buffer>
    raw_until: Nullable<Date>
    received_at: Date
    applied_at: Nullable<Date>
  }
  feedback_report: {
    mail_id: BigInt8
    place: number
    kind: 'bounce' | 'delayed' | 'complaint' | 'auto_reply' | 'other'
    class: Nullable<'hard' | 'soft' | 'block' | 'content' | 'config' | 'unknown'>
    recipient_key: Nullable<Buffer>
    status: Nullable<string>
    reply: Nullable<string>
    sentence: string
    delivery_id: Nullable<string>
    campaign_id: Nullable<string>
    proof: Nullable<'address' | 'envelope_id' | 'header' | 'message_id'>
    outcome: string
    reported_at: Date
  }
  feedback_alarm: {
    campaign_id: string
    class: 'block' | 'content' | 'config'
    count: number
    sentence: string
    first_at: Date
    last_at: Date
  }
  sendgrid_event: {
    sg_event_id: string
    event: string
    occurred_at: Date
    delivery_id: Nullable<string>
    body: Json<Record<string, unknown>> | null
    body_until: Nullable<Date>
    received_at: Date
    applied_at: Nullable<Date>
    outcome: Nullable<string>
  }
}
