// What each combination of legislators is told: facts checked one by one, and every message kept as a picture in words.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attribute, readPage, visibleText, type Page } from '../../src/message/lint/page.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { SENDER } from '../support/reference-campaign.ts'
import { COMBINATIONS, combinationNamed, previewCombinations, type Card } from './combinations.ts'

let store: Store
let preview: Awaited<ReturnType<typeof previewCombinations>>
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  preview = await previewCombinations(store.db)
})
afterAll(() => store[Symbol.asyncDispose]())

const STANCE_LINES: Record<Card['stance'], [label: string, verb: string]> = {
  champion: ['✓ Dream Hero', 'voted No'],
  opponent: ['✗ Dream Killer', 'voted Yes'],
  absent: ['○ Did not vote', ''],
  vacant: ['∅ Vacant seat', ''],
  cannot_vote: ['◇ No vote in Congress', ''],
}

/** How the script of each kind goes on after the caller has said their name and ZIP. */
const SCRIPTS: Record<Card['stance'] | 'succeeded', (ask: string) => string> = {
  champion: (ask) => `Please thank ${ask}, who voted No. The December bill left the Dreamers out, so that meant a lot`,
  opponent: (ask) =>
    `${ask} voted Yes on the December spending bill. It left the Dreamers out, and I am disappointed. I expect ${ask} to`,
  absent: (ask) => `${ask} did not vote on December 21. There may be a good reason.`,
  vacant: () => 'You are asking for my vote for our seat in the House.',
  cannot_vote: (ask) => `I know ${ask} has no vote in the House.`,
  succeeded: (ask) => `I know ${ask} did not hold this seat on December 21.`,
}

test('the 15 combinations of the reference vote are all here, each once', () => {
  const keys = COMBINATIONS.slice(0, 15).map((each) => preview(each).match.key)
  expect(new Set(keys).size).toBe(15)
  expect(keys).not.toContain(null)
})

describe.each(COMBINATIONS)('$name ($zip)', (each) => {
  test('the message is the one that was looked at', async () => {
    const { message } = preview(each)
    const head = `Subject: ${message.subject}\n\n`
    await expect(message.html).toMatchFileSnapshot(`__snapshots__/combinations/${each.name}.html`)
    await expect(head + message.text).toMatchFileSnapshot(`__snapshots__/combinations/${each.name}.txt`)
  })

  test('names, parties, labels and verbs are those of the record', () => {
    const { message, match } = preview(each)
    expect(match.outcome).toBe(each.outcome)
    expect(textCards(message.text)).toEqual(each.cards.map(asText))
    expect(htmlCards(readPage(message.html))).toEqual(each.cards.map(asHtml))
  })

  test('each card has the one script that fits, and nothing else is to be read aloud', () => {
    const { message } = preview(each)
    for (const copy of copies(message)) {
      const scripts = copy.split('Hello, my name is Alex and I live in ZIP code ').slice(1)
      expect(scripts).toHaveLength(each.cards.length)
      for (const [index, card] of each.cards.entries()) {
        const opening = SCRIPTS[card.succeeded ? 'succeeded' : card.stance](card.ask)
        expect(scripts[index]?.slice(0, opening.length + 7)).toBe(`${each.zip}. ${opening}`)
      }
    }
  })

  test('both parts have the official tallies and no other', () => {
    for (const copy of copies(preview(each).message)) {
      const tallies = copy.match(/\b\d{1,3}–\d{1,3}\b/g)
      expect(tallies).toEqual(['231–188', '66–32'])
    }
  })

  test('both parts have the postal address, who we are, and the link to unsubscribe', () => {
    const { message } = preview(each)
    const { unsubscribeUrl } = SENDER.links.person({ deliveryId: 0n, subscriberId: 0n })
    const links = readPage(message.html).elements.filter((link) => attribute(link, 'href') === unsubscribeUrl)
    expect(links.map(visibleText)).toEqual(['Unsubscribe'])
    expect(message.text.split('\n')).toContain(unsubscribeUrl)
    for (const copy of copies(message)) {
      expect(copy).toContain('PO Box 43884, Washington, DC 20010 Indivisible Project is a 501(c)(4) organization.')
      expect(copy).toContain('helps people everywhere in the country hold their own members of Congress to account.')
    }
  })

  test('nobody of whom it is uncertain is called the reader’s own', () => {
    const { message, match } = preview(each)
    const isSplit = match.candidates.length > 1
    const uncertain = match.seats.filter(({ seat, candidate }) => candidate || (seat.chamber === 'house' && isSplit))
    const names = uncertain.flatMap(({ voter }) => voter?.lastName ?? [])
    const houseNames = uncertain.flatMap(({ seat, voter }) => (seat.chamber === 'house' && voter?.lastName) || [])
    const lines = [message.subject, ...readPage(message.html).text.split('\n'), ...message.text.split('\n\n')]
    const claims = lines
      .flatMap((line) => line.replaceAll('\n', ' ').split(/(?<=[.?!]) (?=[A-Z])/))
      .filter((sentence) => /\byour\b/i.test(sentence) && names.some((name) => sentence.includes(name)))
    // "Your representative is A or B" is true of both.
    const choice = new RegExp(`^Your representative is .*${houseNames.join('.* or .*')}`)
    expect(claims.filter((sentence) => !choice.test(sentence))).toEqual([])
  })
})

test.each(COMBINATIONS.filter(({ cards }) => cards.some(({ stance }) => stance === 'vacant')))(
  'nobody is named for the seat that was vacant: $name',
  (each) => {
    const { message } = preview(each)
    for (const copy of copies(message)) expect(copy).not.toMatch(/\bRep\.|\bRepresentative [A-Z]|Conyers|Murphy|Franks/)
    expect(message.text).toContain('Nobody held this seat on December 21')
  },
)

test.each(['ambiguous-in-one-state', 'ambiguous-in-two-states'])(
  'by the policy senators_only no candidate is named: %s',
  (name) => {
    const { message, match } = preview(combinationNamed(name))
    const candidates = match.seats.filter((seat) => seat.candidate).flatMap(({ voter }) => voter?.lastName ?? [])
    expect(candidates.length).toBeGreaterThan(2)
    const words = copies(message).flatMap((copy) => copy.match(/[\p{L}-]+/gu) ?? [])
    expect(candidates.filter((candidate) => words.includes(candidate))).toEqual([])
  },
)

test('the successor is asked for by name, and the vote stays with the one who cast it', () => {
  for (const copy of copies(preview(combinationNamed('succeeded')).message)) {
    expect(copy).toContain('Sen. Strange held this seat at the vote and has since left it. Ask for Sen. Doug Jones')
    expect(copy).not.toMatch(/Jones (?:voted|did not vote)/)
  }
})

/** Both parts as running words. */
function copies({ html, text }: { html: string; text: string }): string[] {
  return [readPage(html).text, text].map((copy) => copy.replace(/\s+/g, ' '))
}

function asText({ who, party, stance }: Card): string[] {
  const [label, verb] = STANCE_LINES[stance]
  return [party ? `${who} (${party})` : who, verb ? `${label}: ${verb}` : label]
}

function asHtml({ who, party, stance }: Card): string[] {
  const [label, verb] = STANCE_LINES[stance]
  return [party ? `${who} ${party}` : who, verb ? `${label} · ${verb}` : label]
}

/** Every line that begins with a stance's sign, with the line above it. */
function textCards(text: string): string[][] {
  const lines = text.split('\n')
  return lines.flatMap((line, at) => (/^[✓✗–○∅◇△]/.test(line) ? [[lines[at - 1] ?? '', line]] : []))
}

/** Every heading of the third rank, with the paragraph beside it. */
function htmlCards({ elements }: Page): string[][] {
  return elements.flatMap((element, at) => {
    if (element.tagName !== 'h3') return []
    const label = elements.slice(at).find(({ tagName }) => tagName === 'p')
    return [[visibleText(element), label ? visibleText(label) : '']]
  })
}
