// The reference campaign over the whole country: every ZIP gets a view that claims no more than the map and the roll calls.
import path from 'node:path'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMatcher, type Matcher } from '../../src/congress/matcher.ts'
import type { Match } from '../../src/congress/match.ts'
import { loadReference } from '../../src/congress/reference.ts'
import { fixedClock } from '../../src/core/clock.ts'
import { tokenKeys } from '../../src/core/token.ts'
import { buildView, type CampaignFacts } from '../../src/message/build-view.ts'
import { compileTemplate, type CompiledTemplate } from '../../src/message/compile.ts'
import { createLinks } from '../../src/message/links.ts'
import { lintMessage } from '../../src/message/lint/lint-message.ts'
import { parseManifest, type Manifest } from '../../src/message/manifest.ts'
import { rollCallView } from '../../src/message/roll-call-view.ts'
import { renderFull } from '../../src/message/template.ts'
import type { VariantView } from '../../src/message/view.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const TEMPLATE = path.join(ROOT, 'templates/dream-act-2017')
const LINKS = createLinks('https://act.rollcall.example', tokenKeys('a secret of the test that is long enough'))
const PERSON = {
  firstName: 'Maximiliana',
  lastName: 'O’Brien',
  address: 'someone@example.org',
  zip: '99999',
  ...LINKS.person({ deliveryId: 1n, subscriberId: 2n }),
}

let store: Store
let matcher: Matcher
let facts: CampaignFacts
let template: CompiledTemplate
/** One ZIP of every set of candidate seats. */
let variants: Map<string, Match>

beforeAll(async () => {
  store = await testDatabase()
  await loadReference(store.db, path.join(ROOT, 'fixtures/congress-115'), fixedClock('2017-12-22T08:00:00Z'))
  const files = readTemplate()
  const manifest = manifestOf(files)
  matcher = await matcherOf(manifest)
  facts = factsOf(manifest)
  template = await compiled(files, manifest)
  variants = new Map(
    [...matcher.zips(), '09001'].map((zip) => matcher.match(zip)).map((match) => [match.candidates.join(), match]),
  )
})

afterAll(() => store[Symbol.asyncDispose]())

function readTemplate(): Record<string, string> {
  const names = readdirSync(TEMPLATE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:yaml|mjml|hbs)$/.test(name),
  )
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(TEMPLATE, name), 'utf8')]))
}

function manifestOf(files: Record<string, string>): Manifest {
  const result = parseManifest(files['campaign.yaml'] ?? '')
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.manifest
}

async function compiled(files: Record<string, string>, manifest: Manifest): Promise<CompiledTemplate> {
  const result = await compileTemplate(files, manifest)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.template
}

function matcherOf(manifest: Manifest): Promise<Matcher> {
  const [house, senate] = ['h', 's'].map(
    (letter) => manifest.rollCalls.find(({ id }) => id.startsWith(letter))?.id ?? null,
  )
  const rules = manifest.rollCalls.map(({ id, stances }) => ({ rollCallId: id, stances }))
  return createMatcher(store.db, {
    house: house ?? null,
    senate: senate ?? null,
    rules,
    overrides: [],
    callOn: '2018-01-08',
  })
}

function factsOf(manifest: Manifest): CampaignFacts {
  const [house, senate] = [matcher.house, matcher.senate].map((each) => (each === null ? null : rollCallView(each)))
  return {
    id: 'dream-act-2017-x',
    manifest,
    rollCalls: { house: house ?? null, senate: senate ?? null },
    lookupUrl: LINKS.lookup('x'),
  }
}

function viewOf(zip: string): VariantView {
  return buildView(matcher.match(zip), facts)
}

function summaryParts(view: VariantView): string[] {
  return view.summary.split('; ').toSorted()
}

describe('known ZIPs', () => {
  it.each([
    ['97212', 'Merkley, Wyden and Blumenauer voted No'],
    ['04010', 'King, Collins and Poliquin voted Yes'],
    ['30009', 'Isakson did not vote; Perdue and Handel voted Yes'],
    ['48127', 'Stabenow and Peters voted Yes'],
    ['92373', 'Feinstein and Harris voted No'],
    ['20001', 'Norton has no vote in Congress'],
    ['35203', 'Strange, Shelby and Sewell voted Yes'],
    ['57724', ''],
    ['09001', ''],
  ])('%s: %s', (zip, summary) => {
    expect(summaryParts(viewOf(zip))).toEqual(summary.split('; ').toSorted())
  })

  it('35203 names Strange, who voted, and Jones, who answers in January', () => {
    const seat = viewOf('35203').seats.find(({ succeeded }) => succeeded)
    expect(seat).toMatchObject({
      name: 'Luther Strange',
      partyState: 'R-AL',
      callName: 'Doug Jones',
      verb: 'voted Yes',
    })
  })

  it('the roll calls read as the official record says', () => {
    expect(facts.rollCalls).toMatchObject({
      house: { yea: 231, nay: 188, notVoting: 13, heldOn: 'December 21, 2017', heldAt: '4:53 p.m. Eastern' },
      senate: { yea: 66, nay: 32, notVoting: 2, heldAt: '6:48 p.m. Eastern' },
    })
  })
})

describe('every set of candidates in the country', () => {
  it('calls a seat certain exactly when all candidates have it', () => {
    const wrong = [...variants.values()].filter((match) => {
      const certain = buildView(match, facts).certainSeats.map(({ seat }) => seat)
      const common = match.seats.filter(({ candidate }) => !candidate).map(({ seat }) => seat.id)
      return certain.toSorted().join() !== common.toSorted().join()
    })
    expect(wrong).toEqual([])
    expect(variants.size).toBeGreaterThan(1000)
  })

  it('keeps the one-line summary short enough for a preheader', () => {
    const long = [...variants.values()]
      .map((match) => buildView(match, facts).summary)
      .filter((summary) => summary.length > 75)
    expect(long).toEqual([])
  })
})

describe('a message of every combination', () => {
  it('has no error and no warning', () => {
    const combinations = new Map([...variants.values()].map((match) => [combination(match), match]))
    const found = [...combinations.values()].flatMap((match) => {
      const view = buildView(match, facts)
      const rendered = renderFull(template, view, PERSON)
      const problems = lintMessage(
        { ...rendered, rawBytes: rendered.html.length + rendered.text.length },
        { view, unsubscribeUrl: PERSON.unsubscribeUrl },
      )
      return problems
        .filter(({ severity }) => severity !== 'notice')
        .map(({ message }) => `${match.candidates.join()}: ${message}`)
    })
    expect(found).toEqual([])
    expect(combinations.size).toBeGreaterThanOrEqual(15)
  })
})

/** What tells two messages apart beside the names: outcome, stances and what is certain. */
function combination(match: Match): string {
  const seats = match.seats.map(({ seat, stance, candidate }) => `${seat.chamber} ${stance} ${candidate}`)
  return [match.outcome, ...seats].join()
}
