// T2 and T3: a value stands only where it cannot become markup, script or style.
import fc from 'fast-check'
import { parse, type DefaultTreeAdapterTypes } from 'parse5'
import { describe, expect, it } from 'vitest'
import { safeUrl } from '../../src/message/calls.ts'
import { cleanPerson } from '../../src/message/clean.ts'
import { checkContexts } from '../../src/message/html-context.ts'
import { resolveNames } from '../../src/message/scope.ts'
import { splitTags } from '../../src/message/source.ts'
import { buildPart, rootContext } from '../../src/message/template.ts'
import { tokenise } from '../../src/message/tokens.ts'
import { readTree } from '../../src/message/tree.ts'
import { samplePerson, sampleSeat, sampleView } from './samples.ts'

function refusals(html: string): string[] {
  const tokenised = tokenise(splitTags(html, 'body.mjml').parts)
  const { misplaced, forbidden } = checkContexts(tokenised.text, tokenised)
  return [...misplaced.map((each) => each.code), ...forbidden]
}

describe('T3: every place a value may not stand is refused when the template is compiled', () => {
  it.each([
    ['an unquoted attribute', '<a title={{firstName}}>x</a>', 'unquoted_attribute'],
    ['an unquoted link', '<a href={{url viewUrl}}>x</a>', 'unquoted_attribute'],
    ['a link without the url helper', '<a href="{{viewUrl}}">x</a>', 'url_attribute'],
    ['the end of a link', '<a href="https://x.example/{{url viewUrl}}">x</a>', 'url_attribute'],
    ['the start of a link', '<a href="{{url viewUrl}}?a=b">x</a>', 'url_attribute'],
    ['a query', '<a href="https://x.example/?n={{firstName}}">x</a>', 'url_attribute'],
    ['a scheme', '<a href="{{firstName}}:x">x</a>', 'url_attribute'],
    ['a block in a link', '<a href="{{#if zip}}{{url viewUrl}}{{/if}}">x</a>', 'url_attribute'],
    ['an image without the url helper', '<img src="{{viewUrl}}" alt="">', 'url_attribute'],
    ['srcset', '<img srcset="{{viewUrl}}" alt="">', 'url_attribute'],
    ['background', '<table><td background="{{viewUrl}}">', 'url_attribute'],
    ['formaction', '<button formaction="{{viewUrl}}">x</button>', 'url_attribute'],
    ['a style attribute', '<p style="color:{{firstName}}">x</p>', 'bad_context'],
    ['an event handler', '<p onclick="f(\'{{firstName}}\')">x</p>', 'bad_context'],
    ['srcdoc', '<p srcdoc="{{firstName}}">x</p>', 'bad_context'],
    ['content of a meta', '<meta http-equiv="refresh" content="{{firstName}}">', 'bad_context'],
    ['a style element', '<style>p{color:{{firstName}}}</style>', 'bad_context'],
    ['a comment', '<!-- {{firstName}} -->', 'bad_context'],
    ['an Outlook comment', '<!--[if mso]><p>{{firstName}}</p><![endif]-->', 'bad_context'],
    ['an attribute name', '<p {{firstName}}="x">x</p>', 'bad_context'],
    ['a tag name', '<{{firstName}}>x', 'bad_context'],
    ['between attributes', '<p {{firstName}} class="x">x</p>', 'bad_context'],
    ['a doctype', '<!doctype {{firstName}}>', 'bad_context'],
    ['a second copy of an attribute', '<a title="x" title="{{firstName}}">x</a>', 'bad_context'],
    ['a block that starts in an attribute and ends outside', '<p class="{{#if zip}}x">{{/if}}y</p>', 'bad_context'],
    ['a block around an attribute', '<p {{#if zip}}class="x"{{/if}}>y</p>', 'bad_context'],
    ['a block around half a tag', '{{#if zip}}<p class="a{{else}}<p class="b{{/if}}">y</p>', 'bad_context'],
    ['a script', '<script>{{firstName}}</script>', 'bad_context'],
    ['a script without a value', '<script>1</script>', 'script'],
    ['an iframe', '<iframe></iframe>', 'iframe'],
    ['a form', '<form></form>', 'form'],
    ['an svg', '<svg><text>{{firstName}}</text></svg>', 'svg'],
    ['a textarea', '<textarea>{{firstName}}</textarea>', 'bad_context'],
    ['a base', '<base href="https://x.example/">', 'base'],
  ])('refuses %s: %s', (_, html, code) => {
    expect(refusals(html)).toContain(code)
  })

  it.each([
    '<p>{{firstName}}</p>',
    '<a href="{{url viewUrl}}">{{firstName}}</a>',
    "<a href='{{url viewUrl}}'>x</a>",
    '<img alt="{{firstName}}" src="https://x.example/a.png">',
    '<p class="{{#if zip}}a{{else}}b{{/if}} c">x</p>',
    '{{#each seats}}<tr><td>{{name}}</td></tr>{{/each}}',
    '<title>{{firstName}}</title>',
    '<p aria-label="{{firstName}}">x</p>',
  ])('accepts %s', (html) => {
    expect(refusals(html)).toEqual([])
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.example',
    '/path',
    'x',
    '',
    'http://evil.example/',
    'https://user@evil.example/',
    'ftp://x.example',
    'blob:https://x.example',
  ])('refuses %j as a link', (value) => {
    expect(() => safeUrl(value)).toThrow(/not a link we may send/)
  })

  it.each([
    ['https://rollcall.example/u/AQEB-_', 'https://rollcall.example/u/AQEB-_'],
    ['https://rollcall.example/a?b="c"', 'https://rollcall.example/a?b=%22c%22'],
    ['tel:+18559802355', 'tel:+18559802355'],
    ['mailto:a@rollcall.example', 'mailto:a@rollcall.example'],
    ['http://127.0.0.1:8080/u/x', 'http://127.0.0.1:8080/u/x'],
  ])('passes %s', (value, link) => {
    expect(safeUrl(value)).toBe(link)
  })
})

const PAGE = `<div title="{{firstName}}" class="{{stateNames}}"><p>{{lastName}} {{campaign.title}}</p>
{{#each seats}}<td title='{{name}}'>{{name}} {{label}} {{firstName}}</td>{{/each}}
{{#if campaign.hotline}}<b>{{campaign.hotline.number}}</b>{{/if}}{{default zip lastName}} {{list seats "name"}}</div>`

/** The names of all elements and attributes, in order. */
function shape(node: DefaultTreeAdapterTypes.Node): string[] {
  const own =
    'tagName' in node
      ? [node.tagName, ...node.attrs.map((each) => `@${each.name}`)]
      : [node.nodeName].filter((name) => name === '#comment')
  return 'childNodes' in node ? [...own, ...node.childNodes.flatMap(shape)] : own
}

describe('T2: no value adds an element or attribute', () => {
  it('gives the same tree for any text as for a plain word', () => {
    const tree = readTree(PAGE, { trimLines: false })
    const part = buildPart(resolveNames(tree.ok ? tree.nodes : []).nodes, { escape: true })
    const htmlFor = (value: string) => {
      const seats = [sampleSeat({ name: value, label: value })]
      const view = sampleView({
        seats,
        stateNames: value,
        campaign: { ...sampleView().campaign, title: value, hotline: { number: value, tel: 'tel:1' } },
      })
      const person = samplePerson({ firstName: value, lastName: value, zip: '' })
      const context = rootContext(view, person)
      // A slot is filled apart from Handlebars: both ways must hold.
      const filled = part
        .shared(context)
        .replace(/\ufdd0(\d+)\ufdd1/g, (_, slot: string) => part.slots[Number(slot)]?.value(cleanPerson(person)) ?? '')
      expect(filled).toBe(part.full(context))
      return filled
    }
    const expected = shape(parse(htmlFor('marker')))
    expect(expected).toContain('b')
    const payload = fc.oneof(
      fc.constantFrom(
        '<img src=x onerror=alert(1)>',
        '"><script>',
        "' onclick='x",
        '" x="',
        '<!--',
        '-->',
        '</div>',
        '</title>',
        ']]>',
        '&lt;b&gt;',
        '`',
        '=',
        '\0<',
        '<\ufdd00\ufdd1',
      ),
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('<', '>', '"', "'", '=', '/', ' ', 'a', '&', ';', '`', '!', '-'), { maxLength: 20 })
        .map((all) => all.join('')),
    )
    fc.assert(
      fc.property(payload, (value) => {
        expect(shape(parse(htmlFor(value)))).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })
})
