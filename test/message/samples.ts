// Values for tests of the message engine: a view, a person, a head, a manifest and a small template.
import type { MessageHead } from '../../src/message/message.ts'
import { parseManifest, type Manifest } from '../../src/message/manifest.ts'
import type { PersonView, SeatView, VariantView } from '../../src/message/view.ts'

export function sampleSeat(over: Partial<SeatView> = {}): SeatView {
  return {
    seat: 'US-S-OR-2',
    chamber: 'senate',
    isSenate: true,
    title: 'Sen.',
    longTitle: 'Senator',
    vacant: false,
    name: 'Jeff Merkley',
    lastName: 'Merkley',
    party: 'D',
    partyState: 'D-OR',
    stateName: 'Oregon',
    place: 'Oregon',
    position: 'No',
    verb: 'voted No',
    stance: 'champion',
    label: 'Dream Hero',
    glyph: '✓',
    colour: '#0b6b3a',
    tint: '#e7f5ec',
    stanceClass: 'stance-champion',
    certain: true,
    callTitle: 'Sen.',
    callName: 'Jeff Merkley',
    callLastName: 'Merkley',
    succeeded: false,
    callable: true,
    ...over,
  }
}

export function sampleView(over: Partial<VariantView> = {}): VariantView {
  const merkley = sampleSeat()
  const wyden = sampleSeat({
    seat: 'US-S-OR-3',
    name: 'Ron Wyden',
    lastName: 'Wyden',
    callName: 'Ron Wyden',
    callLastName: 'Wyden',
  })
  const seats = [wyden, merkley]
  return {
    outcome: 'all_champions',
    showsRepresentative: false,
    split: false,
    candidateCount: 1,
    candidateCountWord: 'one',
    manyStates: false,
    stateNames: 'Oregon',
    seats,
    certainSeats: seats,
    possibleSeats: [],
    senators: seats,
    representatives: [],
    champions: seats,
    opponents: [],
    others: [],
    callableSenators: seats,
    sharedHouseStance: '',
    sharedHouseVerb: '',
    houseChoice: '',
    summary: 'Merkley and Wyden voted No',
    senateSummary: 'Merkley and Wyden voted No',
    senateStance: 'champion',
    hasVacant: false,
    campaign: {
      id: 'sample-1',
      title: 'A vote & its day',
      language: 'en-US',
      house: null,
      senate: null,
      hotline: { number: '1-855-555-0100', tel: 'tel:+18555550100' },
      donation: { url: 'https://rollcall.example/give', amount: 7, byMail: 'PO Box 1, Salem, OR 97301' },
      organisation: {
        name: 'Sample Org',
        who: 'We write about votes.',
        postalAddress: 'PO Box 1\nSalem, OR 97301',
        legal: 'Not tax-deductible.',
        website: 'https://rollcall.example/',
      },
      lookupUrl: 'https://rollcall.example/votes/sample-1',
      labels: {
        champion: 'Dream Hero',
        opponent: 'Dream Killer',
        neutral: 'Neutral',
        absent: 'Absent',
        vacant: 'Vacant',
        cannot_vote: 'No vote',
        not_serving: 'Not serving',
      },
    },
    ...over,
  }
}

export function samplePerson(over: Partial<PersonView> = {}): PersonView {
  return {
    firstName: 'Ada',
    lastName: "O'Brien",
    address: 'ada@subscriber.example',
    zip: '97212',
    unsubscribeUrl: 'https://rollcall.example/u/AQEBAAAAAAAAAAAAAAAAAAAAAAAA',
    preferencesUrl: 'https://rollcall.example/p/AQECAAAAAAAAAAAAAAAAAAAAAAAA',
    viewUrl: 'https://rollcall.example/v/AQEDAAAAAAAAAAAAAAAAAAAAAAAA',
    forwardUrl: 'https://rollcall.example/f/AQEEAAAAAAAAAAAAAAAAAAAAAAAA',
    seatUrl: 'https://rollcall.example/a/AQEFAAAAAAAAAAAAAAAAAAAAAAAA',
    ...over,
  }
}

export function sampleHead(over: Partial<MessageHead> = {}): MessageHead {
  return {
    deliveryId: '7',
    messageId: 'abcdefghijklmnopqrstuvwxyz234567@rollcall.example',
    date: new Date('2017-12-22T14:00:00Z'),
    from: { name: 'Sample Org', address: 'alerts@rollcall.example' },
    replyTo: { name: 'Sample Org', address: 'reply@rollcall.example' },
    to: { name: 'Ada', address: 'ada@subscriber.example' },
    envelopeFrom: 'b+token@bounce.rollcall.example',
    needsSmtpUtf8: false,
    headers: [['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click']],
    ...over,
  }
}

export const MANIFEST_YAML = `name: sample
title: A vote & its day
language: en-US
purpose: advocacy
list: { id: alerts.rollcall.example, name: Action alerts }
from: { name: Sample Org, address: alerts@rollcall.example }
replyTo: { name: Sample Org, address: reply@rollcall.example }
feedbackId: sample-org
subject: "{{firstName}}, {{list champions \\"lastName\\"}} voted No"
preheader: "{{count callableSenators}} calls & what to say"
rollCalls:
  - { id: h708-115.2017, role: primary, stances: { nay: champion, yea: opponent, not_voting: absent } }
labels:
  champion: Dream Hero
  opponent: Dream Killer
  neutral: Neutral
  absent: Absent
  vacant: Vacant
  cannot_vote: No vote
  not_serving: Not serving
organisation:
  name: Sample Org
  who: We write about votes.
  postalAddress: PO Box 1, Salem, OR 97301
  legal: Not tax-deductible.
  website: https://rollcall.example/
scripts:
  champion: |
    Hi, my name is {{default firstName "…"}} & I live in {{zip}}.

    Thank you, {{callTitle}} {{callLastName}}.
  opponent: |
    Shame.
  succeeded: |
    Welcome, {{callName}}.
`

/** Returns the sample manifest with some keys replaced. */
export function sampleManifest(over: Partial<Manifest> = {}): Manifest {
  const parsed = parseManifest(MANIFEST_YAML)
  if (!parsed.ok) throw new Error(parsed.problems.map((each) => each.message).join('\n'))
  return { ...parsed.manifest, ...over }
}

/** Returns a template folder whose HTML body and text part hold the given sources. */
export function sampleFiles(html: string, text = 'Hello {{firstName}}\n'): Record<string, string> {
  return {
    'campaign.yaml': MANIFEST_YAML,
    'body.mjml': `<mjml>\n<mj-body>\n<mj-section><mj-column>\n${html}\n</mj-column></mj-section>\n</mj-body>\n</mjml>`,
    'body.txt.hbs': text,
  }
}
