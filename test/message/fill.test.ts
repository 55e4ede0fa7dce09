// Fill: what a subscriber gets is exactly what a plain render would give, encoded safely and always the same.
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import type { PersonField } from '../../src/message/fields.ts'
import { fill } from '../../src/message/fill.ts'
import { resolveNames } from '../../src/message/scope.ts'
import { makeSkeletons } from '../../src/message/skeleton.ts'
import { collectPersonalUse, type PersonalUse } from '../../src/message/slots.ts'
import { buildPart, renderFull, type CompiledTemplate } from '../../src/message/template.ts'
import { readTree } from '../../src/message/tree.ts'
import type { PersonView } from '../../src/message/view.ts'
import { sampleHead, sampleManifest, samplePerson, sampleSeat, sampleView } from './samples.ts'

/** A compiled template from sources that need no MJML. */
function template(sources: { subject: string; text: string; html: string }): CompiledTemplate {
  const use: PersonalUse = { conditions: new Set<PersonField>(), beyond: [] }
  const part = (source: string, escape: boolean) => {
    const tree = readTree(source, { trimLines: !escape })
    if (!tree.ok) throw new Error(JSON.stringify(tree.refusals))
    const { nodes, findings } = resolveNames(tree.nodes)
    if (findings.length > 0) throw new Error(JSON.stringify(findings))
    collectPersonalUse(nodes, use)
    return buildPart(nodes, { escape })
  }
  return {
    manifest: sampleManifest(),
    subject: part(sources.subject, false),
    preheader: part('', false),
    text: part(sources.text, false),
    html: part(sources.html, true),
    conditions: [...use.conditions],
    fullRender: use.beyond.map(({ code, message }) => ({ severity: 'notice', code, message })),
    htmlSource: sources.html,
  }
}

/** Random template source: text that is hostile to encoders, outputs, conditions, loops; at most four fields are tested. */
const literalText = fc.oneof(
  fc.constantFrom(
    'Hello ',
    '=',
    ' ',
    '\n',
    '.',
    'From ',
    '\n.\n',
    '  \n',
    '%k',
    '%s1%',
    'é',
    '👩‍👩‍👧 ',
    '<b>',
    '</b>',
    '&amp;',
    'x'.repeat(90),
    '--=_',
    '\u202b',
  ),
  fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replace(/[{}\\\r\ufdd0-\ufdef]|\p{Cc}/gu, '')),
)
const output = fc.constantFrom(
  '{{firstName}}',
  '{{lastName}}',
  '{{address}}',
  '{{zip}}',
  '{{default firstName "friend"}}',
  '{{default zip lastName}}',
  '{{url unsubscribeUrl}}',
  '{{unsubscribeUrl}}',
  '{{stateNames}}',
  '{{campaign.title}}',
  '{{list champions "name"}}',
  '{{count seats}}',
  '{{default (default firstName lastName) "you"}}',
  '{{number candidateCount}}',
)
const condition = fc.constantFrom(
  '#if firstName',
  '#unless zip',
  '#if (and firstName showsRepresentative)',
  '#if (or (not zip) split)',
  '#if (eq outcome "all_champions")',
  '#each seats',
  '#with campaign.hotline',
  '#if campaign.donation',
  '#each opponents',
)
const source = fc.letrec<{ source: string; node: string }>((tie) => ({
  source: fc.array(tie('node'), { maxLength: 6 }).map((all) => all.join('')),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literalText,
    output,
    fc.tuple(condition, tie('source'), fc.option(tie('source'))).map(([open, body, otherwise]) => {
      const name = open.slice(1).split(' ')[0]
      return `{{${open}}}${body}${otherwise === null ? '' : `{{else}}${otherwise}`}{{/${name}}}`
    }),
  ),
})).source

const hostile = fc.constantFrom(
  '',
  ' ',
  'Zoë',
  '李小龍',
  'שלום',
  '\u202eevil',
  '👩‍👩‍👧',
  "O'Brien",
  '<script>',
  '"><img src=x>',
  '{{firstName}}',
  '%s1%',
  '\r\nBcc: x@y.example',
  '\n',
  '\0',
  '\ud800',
  'a\udfff',
  '\u2028',
  '=?utf-8?q?x?=',
  '=\r\n',
  '\ufdd03\ufdd1',
  'x'.repeat(120),
  ' trailing ',
  '.',
  'From me',
  '&amp;',
)
const text = fc.oneof(
  hostile,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)
const link = fc.constantFrom(
  'https://rollcall.example/u/AAAA',
  'https://rollcall.example/u/b?c=d&e=%20f',
  'mailto:u@rollcall.example',
  `https://rollcall.example/u/${'A'.repeat(90)}`,
)
const person: fc.Arbitrary<PersonView> = fc.record({
  firstName: text,
  lastName: text,
  address: text,
  zip: fc.oneof(fc.constantFrom('', '97212'), text),
  unsubscribeUrl: link,
  preferencesUrl: link,
  viewUrl: link,
  forwardUrl: link,
  seatUrl: link,
})

describe('fill', () => {
  it('decodes to exactly what a full render gives, for random templates and people', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ subject: source, text: source, html: source }),
        fc.array(person, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        text,
        async (sources, people, bare, odd) => {
          const compiled = template(sources)
          const seats = [sampleSeat({ name: odd }), sampleSeat()]
          const view = sampleView({
            seats,
            champions: bare ? [] : seats,
            showsRepresentative: bare,
            campaign: { ...sampleView().campaign, hotline: bare ? null : { number: odd, tel: 'tel:+1' } },
          })
          const skeletons = makeSkeletons(compiled, view)
          for (const each of people) {
            const message = fill(skeletons, each, sampleHead())
            const full = renderFull(compiled, view, each)
            expect({ subject: message.subject, text: message.text, html: message.html }).toEqual({
              subject: full.subject,
              text: full.text,
              html: full.html,
            })
            const mail = await PostalMime.parse(message.raw())
            // postal-mime ends every part with a line end of its own.
            expect(mail.html ?? '').toBe(`${full.html}\n`)
            expect(mail.text ?? '').toBe(`${full.text}\n`)
            expect(mail.subject ?? '').toBe(full.subject)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('gives the same bytes for the same delivery, from skeletons made twice', () => {
    const make = () => fill(makeSkeletons(template(SMALL), sampleView()), samplePerson(), sampleHead()).raw()
    expect(make().equals(make())).toBe(true)
  })

  it('writes lines of at most 78 octets in the body, 998 anywhere, all ended by CRLF', () => {
    const long = samplePerson({ firstName: 'x'.repeat(5000), lastName: '李'.repeat(2000) })
    const raw = fill(makeSkeletons(template(SMALL), sampleView()), long, sampleHead())
      .raw()
      .toString('latin1')
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    const [head = '', ...body] = raw.split('\r\n\r\n')
    for (const line of head.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998)
    for (const line of body.join('\r\n\r\n').split('\r\n')) expect(line.length).toBeLessThanOrEqual(78)
  })

  it('has the text part first, then HTML, both utf-8 and quoted-printable', () => {
    const raw = fill(makeSkeletons(template(SMALL), sampleView()), samplePerson(), sampleHead())
      .raw()
      .toString('latin1')
    expect([...raw.matchAll(/^Content-Type: ([^;\r]+)/gm)].map((match) => match[1])).toEqual([
      'multipart/alternative',
      'text/plain',
      'text/html',
    ])
    expect(
      raw.match(/^Content-Type: text\/\w+; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r$/gm),
    ).toHaveLength(2)
  })

  it('keeps a boundary that somebody writes into a name from ending a part', async () => {
    const message = fill(makeSkeletons(template(SMALL), sampleView()), samplePerson(), sampleHead())
    const boundary = /boundary="([^"]+)"/.exec(message.raw().toString('latin1'))?.[1] ?? ''
    const attack = samplePerson({ lastName: `\r\n--${boundary}--\r\n`, firstName: `--${boundary}--` })
    const mail = await PostalMime.parse(fill(makeSkeletons(template(SMALL), sampleView()), attack, sampleHead()).raw())
    expect(mail.html).toContain('the end')
    expect(mail.attachments).toEqual([])
  })

  it('shares one content among the messages of a variant, whose marks become the message when replaced', () => {
    const skeletons = makeSkeletons(template({ ...SMALL, html: `${SMALL.html} %s1% %k` }), sampleView())
    const people = [samplePerson(), samplePerson({ firstName: '<b>', lastName: '%s1%' })]
    const messages = people.map((each) => fill(skeletons, each, sampleHead()))
    expect(messages[0]?.shared).toBe(messages[1]?.shared)
    for (const message of messages) {
      const replaceMarks = (text: string) =>
        text.replace(/%k[0-9a-f]{6}[sth]\d+%/g, (mark) => message.values[mark] ?? 'MISSING')
      expect(replaceMarks(message.shared.html)).toBe(message.html)
      expect(replaceMarks(message.shared.text)).toBe(message.text)
      expect(replaceMarks(message.shared.subject)).toBe(message.subject)
    }
  })

  it('makes one skeleton for each way the tested fields are filled, and no more', () => {
    const skeletons = makeSkeletons(
      template({ ...SMALL, text: '{{#if firstName}}Dear {{firstName}}{{else}}Hello{{/if}}' }),
      sampleView(),
    )
    const texts = ['Ada', 'Bob', '', '\r\n'].map(
      (firstName) => fill(skeletons, samplePerson({ firstName }), sampleHead()).text,
    )
    expect(texts).toEqual(['Dear Ada', 'Dear Bob', 'Hello', 'Hello'])
    expect(skeletons.made.size).toBe(2)
  })

  it('renders whole, and still right, when a template compares a personal field', async () => {
    const compiled = template({
      ...SMALL,
      html: '{{#if (eq zip "97212")}}Portland {{default name firstName}}{{/if}}'.replace('name ', 'stateNames '),
    })
    expect(compiled.fullRender).toHaveLength(2)
    const message = fill(makeSkeletons(compiled, sampleView()), samplePerson(), sampleHead())
    const mail = await PostalMime.parse(message.raw())
    expect(mail.html).toBe('Portland Oregon\n')
    expect(message.html).toBe('Portland Oregon')
    expect(message.values).toEqual({})
  })

  it('refuses to build a message whose link is not one (T3)', () => {
    const skeletons = makeSkeletons(template(SMALL), sampleView())
    expect(() => fill(skeletons, samplePerson({ unsubscribeUrl: 'javascript:alert(1)' }), sampleHead()).raw()).toThrow(
      /javascript:alert\(1\).*not a link/,
    )
  })
})

describe('T5: text without HTML escaping, without control characters', () => {
  it("prints O'Brien in the subject and the text as it is written, and escapes it in HTML", () => {
    const message = fill(makeSkeletons(template(SMALL), sampleView()), samplePerson({ firstName: 'A&B' }), sampleHead())
    expect(message.subject).toBe("A&B O'Brien, hello")
    expect(message.text).toContain("A&B O'Brien")
    expect(message.html).toContain('A&amp;B O&#x27;Brien')
  })

  it.each([
    '\r\nBcc: x@evil.example',
    'a\nb',
    'a\rb',
    'a\0b',
    'a\u0085b',
    'a\u2028b',
    'a\u001bb',
    'a\u202eb',
    'a\u2066b',
  ])('takes %j out of subject, text and HTML', (lastName) => {
    const message = fill(makeSkeletons(template(SMALL), sampleView()), samplePerson({ lastName }), sampleHead())
    for (const text of [message.subject, message.text.replaceAll('\n', ''), message.html])
      expect(text).not.toMatch(/\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
    expect(message.text.split('\n')).toHaveLength(SMALL.text.split('\n').length)
    expect(message.raw().toString('latin1').split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im)
  })
})

const SMALL = {
  subject: '{{firstName}} {{lastName}}, hello',
  text: 'Dear {{firstName}} {{lastName}},\nleave: {{unsubscribeUrl}}\n',
  html: '<p>{{firstName}} {{lastName}}</p><a href="{{url unsubscribeUrl}}">leave</a> the end',
}
