// The fields a template may name: view.ts as a value, kept in step by the compiler, read by the scope analysis.
import type { PersonView, VariantView } from './view.ts'

/** What one field holds. `maybe` is an object that can be null; a list holds objects of one shape. */
export type Field = 'text' | 'number' | 'flag' | { object: Fields } | { maybe: Fields } | { list: Fields }
export interface Fields {
  readonly [name: string]: Field
}

type FieldOf<Value> = [Value] extends [string]
  ? 'text'
  : [Value] extends [number]
    ? 'number'
    : [Value] extends [boolean]
      ? 'flag'
      : [Value] extends [readonly (infer Item)[]]
        ? { list: Shape<Item> }
        : null extends Value
          ? { maybe: Shape<NonNullable<Value>> }
          : { object: Shape<Value> }
type Shape<View> = { readonly [Name in keyof View]: FieldOf<View[Name]> }

type ItemOf<List> = List extends readonly (infer Item)[] ? Item : never

const SEAT = {
  seat: 'text',
  chamber: 'text',
  isSenate: 'flag',
  title: 'text',
  longTitle: 'text',
  vacant: 'flag',
  name: 'text',
  lastName: 'text',
  party: 'text',
  partyState: 'text',
  stateName: 'text',
  place: 'text',
  position: 'text',
  verb: 'text',
  stance: 'text',
  label: 'text',
  glyph: 'text',
  colour: 'text',
  tint: 'text',
  stanceClass: 'text',
  certain: 'flag',
  callTitle: 'text',
  callName: 'text',
  callLastName: 'text',
  succeeded: 'flag',
  callable: 'flag',
} as const satisfies Shape<ItemOf<VariantView['seats']>>

const ROLL_CALL = {
  id: 'text',
  chamber: 'text',
  yea: 'number',
  nay: 'number',
  notVoting: 'number',
  present: 'number',
  result: 'text',
  question: 'text',
  heldOn: 'text',
  heldAt: 'text',
} as const satisfies Shape<NonNullable<VariantView['campaign']['house']>>

const CAMPAIGN = {
  id: 'text',
  title: 'text',
  language: 'text',
  house: { maybe: ROLL_CALL },
  senate: { maybe: ROLL_CALL },
  hotline: { maybe: { number: 'text', tel: 'text' } },
  donation: { maybe: { url: 'text', amount: 'number', byMail: 'text' } },
  organisation: {
    object: { name: 'text', who: 'text', postalAddress: 'text', legal: 'text', website: 'text' },
  },
  lookupUrl: 'text',
  labels: {
    object: {
      champion: 'text',
      opponent: 'text',
      neutral: 'text',
      absent: 'text',
      vacant: 'text',
      cannot_vote: 'text',
      not_serving: 'text',
    },
  },
} as const satisfies Shape<VariantView['campaign']>

/** The fields all subscribers of a variant share. */
const VARIANT_FIELDS = {
  outcome: 'text',
  showsRepresentative: 'flag',
  split: 'flag',
  candidateCount: 'number',
  candidateCountWord: 'text',
  manyStates: 'flag',
  stateNames: 'text',
  seats: { list: SEAT },
  certainSeats: { list: SEAT },
  possibleSeats: { list: SEAT },
  senators: { list: SEAT },
  representatives: { list: SEAT },
  champions: { list: SEAT },
  opponents: { list: SEAT },
  others: { list: SEAT },
  callableSenators: { list: SEAT },
  sharedHouseStance: 'text',
  sharedHouseVerb: 'text',
  houseChoice: 'text',
  summary: 'text',
  senateSummary: 'text',
  senateStance: 'text',
  hasVacant: 'flag',
  campaign: { object: CAMPAIGN },
} as const satisfies Shape<VariantView>

/** The subscriber's own fields. */
export const PERSON_FIELDS = {
  firstName: 'text',
  lastName: 'text',
  address: 'text',
  zip: 'text',
  unsubscribeUrl: 'text',
  preferencesUrl: 'text',
  viewUrl: 'text',
  forwardUrl: 'text',
  seatUrl: 'text',
} as const satisfies Shape<PersonView>

export type PersonField = keyof typeof PERSON_FIELDS

/** Returns whether `name` is one of the subscriber's own fields. */
export function isPersonField(name: string): name is PersonField {
  return Object.hasOwn(PERSON_FIELDS, name)
}

/** Everything a template sees at its root. A name is never in both views. */
export const ROOT_FIELDS: Fields = { ...VARIANT_FIELDS, ...PERSON_FIELDS }
