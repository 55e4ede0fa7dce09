// T1: a template cannot reach anything but the fields it is given, however it is written.
import fc from 'fast-check'
import Handlebars from 'handlebars'
import { describe, expect, it } from 'vitest'
import { bare, cleanValue } from '../../src/message/clean.ts'
import { compileTemplate } from '../../src/message/compile.ts'
import { canonicalSource, compileSource } from '../../src/message/render.ts'
import { resolveNames } from '../../src/message/scope.ts'
import { splitTags, textOf } from '../../src/message/source.ts'
import { rootContext } from '../../src/message/template.ts'
import { readTree } from '../../src/message/tree.ts'
import { sampleFiles, sampleManifest, samplePerson, sampleView } from './samples.ts'

async function compile(files: Record<string, string>): Promise<string[]> {
  const result = await compileTemplate(files, sampleManifest())
  return result.ok ? [] : result.problems.map((each) => each.code)
}

/** The problems of a source in the text part and in the HTML part. */
async function problemsOf(source: string): Promise<{ text: string[]; html: string[] }> {
  // The unknown field of the HTML comes last and keeps MJML from running.
  const text = await compile(sampleFiles('{{refused}}', source))
  return { text: text.slice(0, -1), html: await compile(sampleFiles(`<mj-text>${source}</mj-text>`, '')) }
}

describe('T1: template injection', () => {
  it.each([
    '{{constructor}}',
    '{{constructor.constructor "return process.env" }}',
    '{{#with constructor}}{{name}}{{/with}}',
    '{{__proto__}}',
    '{{campaign.__proto__}}',
    '{{campaign.constructor.name}}',
    '{{firstName.constructor}}',
    '{{seats.length}}',
    '{{__defineGetter__}}',
    '{{lookup this "constructor"}}',
    '{{lookup seats 0}}',
    '{{log "x"}}',
    '{{#if (lookup campaign "id")}}x{{/if}}',
    '{{helperMissing}}',
    '{{blockHelperMissing}}',
    '{{#blockHelperMissing seats}}x{{/blockHelperMissing}}',
    '{{{firstName}}}',
    '{{&firstName}}',
    '{{~{firstName}~}}',
    '{{> (lookup . "x")}}',
    '{{> (default firstName "script")}}',
    '{{> ../../etc/passwd}}',
    '{{> [x y]}}',
    '{{> name a=1}}',
    '{{> name seats}}',
    '{{> @partial-block}}',
    '{{#> layout}}x{{/layout}}',
    '{{#*inline "x"}}y{{/inline}}',
    '{{* decorator}}',
    '{{{{raw}}}}{{firstName}}{{{{/raw}}}}',
    '{{#each seats as |seat|}}{{seat.name}}{{/each}}',
    '{{@root.firstName}}',
    '{{@data}}',
    '{{../firstName}}',
    '{{this}}',
    '{{this.firstName}}',
    '{{./firstName}}',
    '{{[constructor]}}',
    '{{campaign/id}}',
    '{{default firstName "a\\"b"}}',
    '{{list seats name}}',
    '{{list seats "constructor"}}',
    '{{default firstName key="x"}}',
    '{{#firstName}}x{{/firstName}}',
    '{{^firstName}}x{{/firstName}}',
    '{{firstName "x"}}',
    '{{eq (eq (eq (eq 1 2) 3) 4)}}',
    '{{#if}}x{{/if}}',
    '{{',
    '{{firstName',
    '\\{{firstName}}',
    '{{undefined}}',
    '{{null}}',
  ])('refuses %s', async (payload) => {
    const { text, html } = await problemsOf(payload)
    expect(text).not.toEqual([])
    expect(html).not.toEqual([])
  })

  it('refuses trees that are not text', async () => {
    const tree = Handlebars.parse('{{firstName}}')
    expect(() => readTree(tree, { trimLines: true })).toThrow(/must be a string, not object/)
    const files: Record<string, string> = sampleFiles('<mj-text>Hi</mj-text>')
    Object.assign(files, { 'body.mjml': tree })
    expect(await compile(files)).toContain('not_text')
  })

  it.each([
    ['blocks', '{{#if firstName}}'.repeat(40) + '{{/if}}'.repeat(40), 'template_depth'],
    ['calls', `{{#if ${'(not '.repeat(40)}firstName${')'.repeat(40)}}}x{{/if}}`, 'template_depth'],
    ['tags', '{{firstName}}'.repeat(20_001), 'template_too_big'],
    ['characters', 'x'.repeat(300_000), 'template_too_big'],
  ])('refuses too many %s', async (_, text, code) => {
    const problems = await problemsOf(text)
    expect(problems.text).toContain(code)
    expect(problems.html).toContain(code)
  })

  it('refuses partials that contain themselves or multiply without end', async () => {
    const files: Record<string, string> = {
      ...sampleFiles('{{> a}}', ''),
      'partials/a.mjml': '{{> b}}',
      'partials/b.mjml': '{{> a}}',
    }
    expect(await compile(files)).toContain('partial_cycle')
    const laughs = Object.fromEntries(
      Array.from({ length: 7 }, (_, n) => [
        `partials/p${n}.mjml`,
        n === 6 ? 'x'.repeat(100) : `{{> p${n + 1}}}`.repeat(12),
      ]),
    )
    expect(await compile({ ...files, ...laughs, 'body.mjml': '{{> p0}}' })).toContain('template_too_big')
  })

  it('ends loops within loops with a clear error instead of 10^6 steps', () => {
    const source = '{{#each this.seats}}{{#each @root.seats}}{{#each @root.seats}}x{{/each}}{{/each}}{{/each}}'
    const context = bare([['seats', cleanValue(Array.from({ length: 100 }, (_, n) => ({ n })))]])
    expect(() => compileSource(source, { escape: true })(context)).toThrow(/more than 50000 steps/)
  })

  it('gives the render no inherited property, no built-in helper and no environment', () => {
    const context = cleanValue({ seats: [{ name: 'A' }] })
    expect(Object.getPrototypeOf(context)).toBeNull()
    for (const source of ['{{lookup this "seats"}}', '{{log "x"}}', '{{> partial}}']) {
      expect(() => compileSource(source, { escape: true })(bare([]))).toThrow(/unknown helper|could not be found/)
    }
    for (const source of ['{{this.constructor}}', '{{this.toString}}', '{{this.__proto__}}', '{{this.process}}']) {
      expect(() => compileSource(source, { escape: true })(bare([['seats', []]]))).toThrow(
        /not defined|to primitive value/,
      )
    }
  })

  it('turns any soup of tags into a refusal or into text, never into anything else', () => {
    const word = fc.oneof(
      fc.constantFrom(
        '{{',
        '}}',
        '{{#',
        '{{/',
        '{{else}}',
        '{{^',
        '{{!',
        '{{>',
        '{{&',
        '{{{',
        '}}}',
        '~',
        '(',
        ')',
        '"',
        "'",
      ),
      fc.constantFrom(
        '[',
        ']',
        '|',
        '=',
        '@',
        '..',
        '/',
        '.',
        ' ',
        '\\',
        'if',
        'each',
        'with',
        'unless',
        'eq',
        'and',
        'list',
      ),
      fc.constantFrom('default', 'lookup', 'constructor', '__proto__', 'this', 'as', 'seats', 'name', 'zip', '1', 'x'),
      fc.constantFrom(
        '{{name}}',
        '{{#if zip}}',
        '{{/if}}',
        '{{#each seats}}',
        '{{/each}}',
        '{{zip}}',
        '{{default zip "a"}}',
        '{{#if (eq zip name)}}',
      ),
    )
    const context = rootContext(sampleView(), samplePerson({ zip: '<' }))
    let rendered = 0
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const { parts, problems } = splitTags(words.join(''), 'body.txt.hbs')
        const tree = readTree(textOf(parts), { trimLines: true })
        if (problems.length > 0 || !tree.ok) return
        const { nodes, findings } = resolveNames(tree.nodes)
        // A brace or backslash before a tag is refused when the source is printed.
        if (findings.length > 0 || /[{\\]/.test(words.filter((each) => each.length === 1).join(''))) return
        expect(compileSource(canonicalSource(nodes), { escape: true })(context)).not.toMatch(
          /function|\[object|native code/,
        )
        rendered++
      }),
      { numRuns: 20_000 },
    )
    expect(rendered).toBeGreaterThan(100)
  })
})
