// What a template sees. Everything in `VariantView` is shared by the variant; `PersonView` is the subscriber's own.
import type { Outcome } from '../congress/outcome.ts'
import type { Stance } from '../congress/stance.ts'

/** The personal fields: plain outputs of these become slots. A URL stands only in a URL attribute or in text. */
export interface PersonView {
  firstName: string
  lastName: string
  /** The address as given. */
  address: string
  /** Five digits, or '' when unknown. */
  zip: string
  unsubscribeUrl: string
  preferencesUrl: string
  viewUrl: string
  forwardUrl: string
  /** Where a person with a split or unknown ZIP says which seat is theirs. */
  seatUrl: string
}

export interface VariantView {
  outcome: Outcome
  /** How the seats are known; true when the policy lets us speak of the representative at all. */
  showsRepresentative: boolean
  /** True when there is more than one House candidate (the ZIP is split), whatever the outcome. */
  split: boolean
  /** How many House seats the ZIP may belong to, shown or not: 0 when nothing is known. */
  candidateCount: number
  /** The same in words: `none`, `one` … `ten`, and figures above. */
  candidateCountWord: string
  /** True when the candidates lie in more than one state, so that no senator is certain either. */
  manyStates: boolean
  /** `Oregon`, or for a ZIP in two states `Delaware and Maryland`; '' when unknown. */
  stateNames: string
  /** The seats the message shows, in reading order, after the campaign's policy for ambiguous ZIPs. */
  seats: SeatView[]
  /** Of the seats shown: the only ones that may be called the subscriber's own, and the rest. */
  certainSeats: SeatView[]
  possibleSeats: SeatView[]
  /** The same, by chamber. */
  senators: SeatView[]
  representatives: SeatView[]
  /** Of the seats shown: who gets which ask. */
  champions: SeatView[]
  opponents: SeatView[]
  others: SeatView[]
  /** The subscriber's own senators whom one can call, so that "call again for the other" is said only when there are two. */
  callableSenators: SeatView[]
  /** The stance that all House candidates share although the seat is not certain; '' otherwise. */
  sharedHouseStance: Stance | ''
  /** The clause they share (`voted No`), for "both people who may represent you …"; '' when they differ or a seat was vacant. */
  sharedHouseVerb: string
  /** The House candidates shown when the ZIP is split: `Rep. Jerrold Nadler or Rep. Carolyn B. Maloney`; '' otherwise. */
  houseChoice: string
  /**
   * How the certain seats shown voted, senators first, by last name, vacant seats left out and no full stop:
   * `Casey voted No; Toomey and Rothfus voted Yes`; '' when there is none.
   */
  summary: string
  /** The same of the certain senators only. */
  senateSummary: string
  /** The stance the certain senators share; '' when they differ or none is certain. */
  senateStance: Stance | ''
  /** True when a seat that is certain and shown was vacant. */
  hasVacant: boolean
  campaign: CampaignView
}

export interface SeatView {
  seat: string
  chamber: 'house' | 'senate'
  isSenate: boolean
  /** `Sen.`, `Rep.`, `Del.`, `Resident Commissioner`. */
  title: string
  /** `Senator`, `Representative`, `Delegate`, `Resident Commissioner`. */
  longTitle: string
  /** True when nobody held the seat at the vote: then name, party and position are '' and the verb is `was vacant`. */
  vacant: boolean
  /** Name of the one who held the seat at the vote; '' when vacant. */
  name: string
  lastName: string
  /** `D`, `R`, `I`; '' when vacant. */
  party: string
  /** `D-OR`, `R-AL`; '' when vacant. */
  partyState: string
  stateName: string
  /** `Oregon`, `Oregon’s 3rd district`, `Vermont (at large)`, `Puerto Rico`. */
  place: string
  /** `Yes`, `No`, `Present`, `Not voting`, a candidate’s name; '' without a position. */
  position: string
  /** A clause that follows the name: `voted No`, `did not vote`, `has no vote in Congress`, `was not yet sworn in`, `was vacant`. */
  verb: string
  stance: Stance
  /** The campaign's label for the stance: `Dream Hero`. */
  label: string
  /** One character that tells the stance without colour: ✓ ✗ – ○ ∅ ◇ △ */
  glyph: string
  /** Foreground and tint of the stance, as #rrggbb, for light mode. */
  colour: string
  tint: string
  /** CSS class of the stance, for dark mode: `stance-champion`. */
  stanceClass: string
  /** False when the ZIP may belong to another seat: never call it the subscriber's own. */
  certain: boolean
  /** Who answers the phone on the day of the call; '' when nobody holds the seat. */
  callTitle: string
  callName: string
  callLastName: string
  /** True when there is a holder and it is not the one who voted, also when the seat was vacant at the vote. */
  succeeded: boolean
  /** True when the hotline connects to somebody for this seat: a senator, with a holder on the day of the call. */
  callable: boolean
}

export interface RollCallView {
  id: string
  chamber: 'house' | 'senate'
  /** Official totals. */
  yea: number
  nay: number
  notVoting: number
  present: number
  result: string
  question: string
  /** `December 21, 2017`. */
  heldOn: string
  /** `4:53 p.m. Eastern`. */
  heldAt: string
}

export interface CampaignView {
  id: string
  title: string
  language: string
  house: RollCallView | null
  senate: RollCallView | null
  hotline: { number: string; tel: string } | null
  donation: { url: string; amount: number; byMail: string } | null
  organisation: { name: string; who: string; postalAddress: string; legal: string; website: string }
  /** The public page: ZIP in, scoreboard out. */
  lookupUrl: string
  /** Labels per stance, for prose. */
  labels: Record<Stance, string>
}
