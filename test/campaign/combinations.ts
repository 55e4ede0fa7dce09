// The ZIPs whose messages are looked at: the 15 combinations of the reference vote, and what lies between them.
import type { Outcome } from '../../src/congress/outcome.ts'
import { createPreviewer, type Previewer } from '../../src/campaign/preview.ts'
import { createCampaign } from '../../src/campaign/create.ts'
import { readTemplateFolder } from '../../src/campaign/folder.ts'
import type { Db } from '../../src/store/connect.ts'
import { ACT, SENDER, TEMPLATE, replaced } from '../support/reference-campaign.ts'

type CardStance = 'champion' | 'opponent' | 'absent' | 'vacant' | 'cannot_vote'

/** A card as a reader must find it. */
export interface Card {
  /** `Sen. Angus S. King, Jr.`, or a place when nobody held the seat. */
  who: string
  /** `I-ME`; '' when nobody held the seat. */
  party: string
  stance: CardStance
  /** Whom its script speaks of: `Senator King`; '' when nobody. */
  ask: string
  /** Somebody else has held the seat since. */
  succeeded?: true
}

export interface Combination {
  /** Names the snapshot. */
  name: string
  /** Null: no ZIP is known. */
  zip: string | null
  outcome: Outcome
  /** In the order of the message: senators first. */
  cards: Card[]
  /** The day of the call, when it is not the reference campaign's. */
  callOn?: string
}

function sen(name: string, party: string, stance: CardStance, last: string): Card {
  return { who: `Sen. ${name}`, party, stance, ask: `Senator ${last}` }
}

function rep(name: string, party: string, stance: CardStance, last: string): Card {
  return { who: `Rep. ${name}`, party, stance, ask: `Representative ${last}` }
}

function empty(place: string): Card {
  return { who: place, party: '', stance: 'vacant', ask: '' }
}

const WARREN = sen('Elizabeth Warren', 'D-MA', 'champion', 'Warren')
const MARKEY = sen('Edward J. Markey', 'D-MA', 'champion', 'Markey')
const CASEY = sen('Robert P. Casey, Jr.', 'D-PA', 'champion', 'Casey')
const TOOMEY = sen('Patrick J. Toomey', 'R-PA', 'opponent', 'Toomey')
const PERDUE = sen('David Perdue', 'R-GA', 'opponent', 'Perdue')
const ISAKSON = sen('Johnny Isakson', 'R-GA', 'absent', 'Isakson')
const GILLIBRAND = sen('Kirsten E. Gillibrand', 'D-NY', 'champion', 'Gillibrand')
const SCHUMER = sen('Charles E. Schumer', 'D-NY', 'champion', 'Schumer')

/** Written by hand from the public record of House roll 708 and Senate vote 325. */
export const COMBINATIONS: readonly Combination[] = [
  {
    name: 'opponent-opponent-opponent',
    zip: '04010',
    outcome: 'all_opponents',
    cards: [
      sen('Angus S. King, Jr.', 'I-ME', 'opponent', 'King'),
      sen('Susan M. Collins', 'R-ME', 'opponent', 'Collins'),
      rep('Bruce Poliquin', 'R-ME', 'opponent', 'Poliquin'),
    ],
  },
  {
    name: 'champion-champion-champion',
    zip: '01001',
    outcome: 'all_champions',
    cards: [WARREN, MARKEY, rep('Richard E. Neal', 'D-MA', 'champion', 'Neal')],
  },
  {
    name: 'opponent-champion-champion',
    zip: '00501',
    outcome: 'mixed',
    cards: [GILLIBRAND, SCHUMER, rep('Lee M. Zeldin', 'R-NY', 'opponent', 'Zeldin')],
  },
  {
    name: 'opponent-champion-opponent',
    zip: '15001',
    outcome: 'mixed',
    cards: [CASEY, TOOMEY, rep('Keith J. Rothfus', 'R-PA', 'opponent', 'Rothfus')],
  },
  {
    name: 'champion-opponent-opponent',
    zip: '03032',
    outcome: 'mixed',
    cards: [
      sen('Jeanne Shaheen', 'D-NH', 'opponent', 'Shaheen'),
      sen('Margaret Wood Hassan', 'D-NH', 'opponent', 'Hassan'),
      rep('Carol Shea-Porter', 'D-NH', 'champion', 'Shea-Porter'),
    ],
  },
  {
    name: 'champion-champion-opponent',
    zip: '05401',
    outcome: 'mixed',
    cards: [
      sen('Bernard Sanders', 'I-VT', 'champion', 'Sanders'),
      sen('Patrick J. Leahy', 'D-VT', 'opponent', 'Leahy'),
      rep('Peter Welch', 'D-VT', 'champion', 'Welch'),
    ],
  },
  {
    name: 'opponent-absent-opponent',
    zip: '30009',
    outcome: 'some_opponents',
    cards: [PERDUE, ISAKSON, rep('Karen C. Handel', 'R-GA', 'opponent', 'Handel')],
  },
  {
    name: 'absent-opponent-opponent',
    zip: '27806',
    outcome: 'some_opponents',
    cards: [
      sen('Thom Tillis', 'R-NC', 'opponent', 'Tillis'),
      sen('Richard Burr', 'R-NC', 'opponent', 'Burr'),
      rep('Walter B. Jones', 'R-NC', 'absent', 'Jones'),
    ],
  },
  {
    name: 'champion-absent-opponent',
    zip: '30002',
    outcome: 'mixed',
    cards: [PERDUE, ISAKSON, rep('Henry C. "Hank" Johnson, Jr.', 'D-GA', 'champion', 'Johnson')],
  },
  {
    name: 'cannot-vote',
    zip: '00601',
    outcome: 'no_vote',
    cards: [
      {
        who: 'Resident Commissioner Jenniffer González-Colón',
        party: 'R-PR',
        stance: 'cannot_vote',
        ask: 'Resident Commissioner González-Colón',
      },
    ],
  },
  {
    name: 'absent-champion-champion',
    zip: '01747',
    outcome: 'some_champions',
    cards: [WARREN, MARKEY, rep('Joseph P. Kennedy III', 'D-MA', 'absent', 'Kennedy')],
  },
  {
    name: 'absent-champion-opponent',
    zip: '44070',
    outcome: 'mixed',
    cards: [
      sen('Sherrod Brown', 'D-OH', 'champion', 'Brown'),
      sen('Rob Portman', 'R-OH', 'opponent', 'Portman'),
      rep('James B. Renacci', 'R-OH', 'absent', 'Renacci'),
    ],
  },
  {
    name: 'vacant-champion-opponent',
    zip: '15004',
    outcome: 'mixed',
    cards: [CASEY, TOOMEY, empty('Pennsylvania’s 18th district')],
  },
  {
    name: 'vacant-opponent-opponent',
    zip: '48127',
    outcome: 'some_opponents',
    cards: [
      sen('Debbie Stabenow', 'D-MI', 'opponent', 'Stabenow'),
      sen('Gary C. Peters', 'D-MI', 'opponent', 'Peters'),
      empty('Michigan’s 13th district'),
    ],
  },
  {
    name: 'vacant-absent-opponent',
    zip: '85304',
    outcome: 'some_opponents',
    cards: [
      sen('Jeff Flake', 'R-AZ', 'opponent', 'Flake'),
      sen('John McCain', 'R-AZ', 'absent', 'McCain'),
      empty('Arizona’s 8th district'),
    ],
  },
  {
    name: 'ambiguous-in-one-state',
    zip: '92373',
    outcome: 'ambiguous',
    cards: [
      sen('Dianne Feinstein', 'D-CA', 'champion', 'Feinstein'),
      sen('Kamala D. Harris', 'D-CA', 'champion', 'Harris'),
    ],
  },
  { name: 'ambiguous-in-two-states', zip: '21912', outcome: 'ambiguous', cards: [] },
  {
    name: 'split-but-certain',
    zip: '10001',
    outcome: 'all_champions',
    cards: [
      GILLIBRAND,
      SCHUMER,
      rep('Jerrold Nadler', 'D-NY', 'champion', 'Nadler'),
      rep('Carolyn B. Maloney', 'D-NY', 'champion', 'Maloney'),
    ],
  },
  {
    name: 'split-over-two-states-but-certain',
    zip: '57724',
    outcome: 'all_opponents',
    cards: [
      sen('Jon Tester', 'D-MT', 'opponent', 'Tester'),
      sen('Steve Daines', 'R-MT', 'opponent', 'Daines'),
      sen('Mike Rounds', 'R-SD', 'opponent', 'Rounds'),
      sen('John Thune', 'R-SD', 'opponent', 'Thune'),
      rep('Greg Gianforte', 'R-MT', 'opponent', 'Gianforte'),
      rep('Kristi L. Noem', 'R-SD', 'opponent', 'Noem'),
    ],
  },
  { name: 'unresolved', zip: null, outcome: 'unresolved', cards: [] },
  {
    name: 'succeeded',
    zip: '35203',
    outcome: 'all_opponents',
    callOn: '2018-01-05',
    cards: [
      { who: 'Sen. Luther Strange', party: 'R-AL', stance: 'opponent', ask: 'Senator Jones', succeeded: true },
      sen('Richard C. Shelby', 'R-AL', 'opponent', 'Shelby'),
      rep('Terri A. Sewell', 'D-AL', 'opponent', 'Sewell'),
    ],
  },
]

/** Returns the combination of that name. */
export function combinationNamed(name: string): Combination {
  const found = COMBINATIONS.find((each) => each.name === name)
  if (!found) throw new Error(`there is no combination ${name}`)
  return found
}

/** Returns the preview of each combination, made by the campaign's own renderer; its links are the same in every run. */
export async function previewCombinations(db: Db): Promise<(each: Combination) => ReturnType<Previewer['forZip']>> {
  const reference = await previewer(db, undefined)
  const later = await previewer(db, '2018-01-05')
  return ({ zip, callOn }) => (callOn === undefined ? reference : later).forZip(zip)
}

async function previewer(db: Db, callOn: string | undefined): Promise<Previewer> {
  const files = await readTemplateFolder(TEMPLATE)
  if (callOn !== undefined)
    files['campaign.yaml'] = replaced(files['campaign.yaml'], /^callOn: .*$/m, `callOn: ${callOn}`)
  // The campaign's id stands in its links: without chance, so that snapshots stay equal.
  const random = (size: number) => Buffer.alloc(size, callOn === undefined ? 0 : 1)
  const id = await createCampaign(db, files, { ...ACT, random })
  return createPreviewer(db, id, SENDER, ACT.clock)
}
