// Row types of what is known of Congress and of its votes.
import type { Generated, GeneratedAlways } from 'kysely'
import type { BigId, BigInt8, DateRange, Json, Nullable } from './columns.ts'

export interface CongressTables {
  source: { id: BigId; kind: string; url: string; licence: string; vintage: string; sha256: string; imported_at: Date }
  jurisdiction: { usps: string; fips: string; name: string; kind: 'state' | 'dc' | 'territory' }
  seat: {
    id: string
    chamber: 'house' | 'senate'
    usps: string
    district: number | null
    class: number | null
    voting: boolean
  }
  district_map: { id: string; valid: DateRange }
  zip_seat: {
    map_id: string
    zip: string
    seat_id: string
    source_id: BigInt8
    share: Nullable<string>
    share_kind: Nullable<'land' | 'residential'>
  }
  zip_state: { zip: string; usps: string; source_id: BigInt8 }
  zip_special: { zip: string; kind: 'military' | 'freely_associated' }
  legislator: {
    id: BigId
    bioguide: string
    first_name: string
    last_name: string
    nickname: Nullable<string>
    suffix: Nullable<string>
    official_full: Nullable<string>
  }
  legislator_alias: { scheme: 'bioguide' | 'lis' | 'govtrack' | 'icpsr'; value: string; legislator_id: BigInt8 }
  term: {
    id: BigId
    legislator_id: BigInt8
    seat_id: string
    during: DateRange
    end_basis: 'scheduled' | 'observed' | 'successor' | 'manual'
    how: Nullable<string>
    source_id: BigInt8
  }
  term_party: { term_id: BigInt8; from_date: string; party: string; caucus: Nullable<string> }
  roll_call: {
    id: string
    chamber: 'house' | 'senate'
    congress: number
    session: number
    number: number
    held_at: Date
    held_on: GeneratedAlways<string>
    question: string
    vote_type: string
    requirement: Nullable<string>
    result: string
    category: Nullable<string>
    bill: Nullable<string>
    official_totals: Json<Record<string, unknown>>
    tie_breaker: Nullable<'yea' | 'nay'>
    source_url: Nullable<string>
    source_modified_at: Nullable<Date>
    content_sha256: string
    source_id: BigInt8
  }
  position: {
    roll_call_id: string
    legislator_id: BigInt8
    seat_id: string
    option: 'yea' | 'nay' | 'present' | 'not_voting' | 'guilty' | 'not_guilty' | 'candidate'
    option_raw: string
    candidate_name: Nullable<string>
    party: string
    state_raw: string
  }
  quarantined_position: {
    roll_call_id: string
    member_id: string
    option: 'yea' | 'nay' | 'present' | 'not_voting' | 'guilty' | 'not_guilty' | 'candidate'
    option_raw: string
    candidate_name: Nullable<string>
    party: string
    state_raw: string
    display_name: string
  }
  import_issue: {
    id: BigId
    source_id: Nullable<string>
    roll_call_id: Nullable<string>
    code: string
    severity: 'blocking' | 'warning'
    detail: Json<Record<string, unknown>>
    created_at: Generated<Date>
    resolved_at: Nullable<Date>
    resolution: Nullable<string>
  }
}
