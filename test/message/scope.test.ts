// Names: found from the inside out, printed so that Handlebars finds the same thing.
import { describe, expect, it } from 'vitest'
import { canonicalSource, compileSource } from '../../src/message/render.ts'
import { resolveNames } from '../../src/message/scope.ts'
import { rootContext } from '../../src/message/template.ts'
import { readTree } from '../../src/message/tree.ts'
import type { VariantView } from '../../src/message/view.ts'
import { samplePerson, sampleSeat, sampleView } from './samples.ts'

function read(source: string) {
  const tree = readTree(source, { trimLines: true })
  return tree.ok ? resolveNames(tree.nodes) : { nodes: [], findings: tree.refusals }
}

function render(source: string, view: VariantView = sampleView()): string {
  const { nodes, findings } = read(source)
  expect(findings).toEqual([])
  return compileSource(canonicalSource(nodes), { escape: false })(rootContext(view, samplePerson()))
}

describe('names', () => {
  it('mean the innermost field of that name', () => {
    const view = sampleView({ seats: [sampleSeat({ lastName: 'Merkley' })] })
    expect(render('{{lastName}} {{#each seats}}{{lastName}} {{firstName}} {{zip}}{{/each}} {{lastName}}', view)).toBe(
      "O'Brien Merkley Ada 97212 O'Brien",
    )
  })

  it('reach through with to the seat and to the root', () => {
    const source = '{{#each seats}}{{#with campaign.hotline}}{{number}} {{name}} {{firstName}};{{/with}}{{/each}}'
    expect(render(source)).toBe('1-855-555-0100 Ron Wyden Ada;1-855-555-0100 Jeff Merkley Ada;')
  })

  it('reach through loops in loops, each with its own count', () => {
    const source =
      '{{#each senators}}{{@index}}{{#each champions}}{{#if @last}}{{@index}}{{name}} {{/if}}{{/each}}{{/each}}'
    expect(render(source)).toBe('01Jeff Merkley 11Jeff Merkley ')
  })

  it('are fields even where a helper has the same name', () => {
    expect(render('{{#with campaign.hotline}}{{number}}{{/with}} {{number candidateCount}}')).toBe('1-855-555-0100 1')
  })

  it('may be read through what a condition has shown to be there', () => {
    expect(
      render(
        '{{#if (and campaign.hotline split)}}{{campaign.hotline.number}}{{/if}}{{#unless campaign.house}}-{{else}}{{campaign.house.yea}}{{/unless}}',
      ),
    ).toBe('-')
    expect(read('{{#if (or campaign.hotline split)}}{{campaign.hotline.number}}{{/if}}').findings).toMatchObject([
      { code: 'may_be_missing' },
    ])
  })
})

describe('helpers', () => {
  it.each([
    ['{{list seats "lastName"}}', 'Wyden and Merkley'],
    ['{{list opponents "lastName"}}', ''],
    ['{{count seats}}', '2'],
    ['{{number campaign.donation.amount}}', '7,000'],
    ['{{default zip "none"}}|{{default houseChoice "none"}}', '97212|none'],
    ['{{#if (eq (count seats) 2)}}two{{else if (eq (count seats) 1)}}one{{else}}more{{/if}}', 'two'],
    ['{{#unless (not split)}}a{{else}}b{{/unless}}', 'b'],
    ['{{#each opponents}}x{{else}}nobody{{/each}}', 'nobody'],
    ['{{#with campaign.house}}x{{else}}no House vote{{/with}}', 'no House vote'],
    ['a\n{{#if zip}}\nb\n{{/if}}\nc', 'a\nb\nc'],
  ])('renders %j', (source, text) => {
    const { campaign } = sampleView()
    const view = sampleView({
      campaign: { ...campaign, donation: { url: 'https://rollcall.example/', amount: 7000, byMail: '' } },
    })
    const guarded = source.includes('donation') ? `{{#if campaign.donation}}${source}{{/if}}` : source
    expect(render(guarded, view)).toBe(text)
  })

  it('list three names as people say them', () => {
    const seats = ['A', 'B', 'C'].map((name) => sampleSeat({ name }))
    expect(render('{{list seats "name"}}', sampleView({ seats }))).toBe('A, B and C')
  })
})
