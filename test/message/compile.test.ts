// Compile: MJML's traps are errors with a place, partials and scripts come out right, names are checked.
import { describe, expect, it } from 'vitest'
import { compileTemplate, type CompiledTemplate } from '../../src/message/compile.ts'
import { convertMjml } from '../../src/message/convert-mjml.ts'
import { findStrays } from '../../src/message/mjml-source.ts'
import type { Problem } from '../../src/message/problem.ts'
import { renderFull } from '../../src/message/template.ts'
import { sampleFiles, sampleManifest, samplePerson, sampleSeat, sampleView } from './samples.ts'

async function problemsOf(files: Record<string, string>): Promise<Problem[]> {
  const result = await compileTemplate(files, sampleManifest())
  return result.ok ? [] : result.problems
}

async function compiled(files: Record<string, string>): Promise<CompiledTemplate> {
  const result = await compileTemplate(files, sampleManifest())
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.template
}

const BODY = `<mj-raw>{{#each seats}}</mj-raw>
<mj-text css-class="card">{{title}} {{name}} for {{firstName}} <br /> {{> script}}</mj-text>
<mj-raw>{{/each}}</mj-raw>
<mj-button href="{{url campaign.lookupUrl}}">{{default firstName "friend"}}, look up</mj-button>
{{> footer}}`

describe('compileTemplate', () => {
  it('makes subject, preheader, text and HTML of a folder, with language, title and preheader in the frame', async () => {
    const text =
      'Dear {{firstName}},\n{{#each seats}}\n  {{title}} {{name}}:\n    {{> script}}\n{{/each}}\n{{> footer}}\n'
    const template = await compiled({
      ...sampleFiles(BODY, text),
      'partials/footer.mjml': '<mj-text><a href="{{url unsubscribeUrl}}">Unsubscribe</a> {{address}}</mj-text>',
      'partials/footer.txt.hbs': 'Unsubscribe:\n{{unsubscribeUrl}}\n',
    })
    const welcome = sampleSeat({ name: 'Old', succeeded: true, callName: 'New Holder' })
    const shame = sampleSeat({ name: 'B', stance: 'opponent' })
    const view = sampleView({ seats: [sampleSeat(), welcome, shame] })
    const rendered = renderFull(template, view, samplePerson())
    expect(rendered.subject).toBe('Ada, Wyden and Merkley voted No')
    expect(rendered.preheader).toBe('2 calls & what to say')
    expect(rendered.text).toBe(
      'Dear Ada,\n  Sen. Jeff Merkley:\n    Hi, my name is Ada & I live in 97212.\n    Thank you, Sen. Merkley.\n' +
        '  Sen. Old:\n    Welcome, New Holder.\n  Sen. B:\n    Shame.\n' +
        'Unsubscribe:\nhttps://rollcall.example/u/AQEBAAAAAAAAAAAAAAAAAAAAAAAA\n',
    )
    expect(rendered.html).toContain('<html lang="en-US"')
    expect(rendered.html).toContain('<title>A vote &amp; its day</title>')
    expect(rendered.html).toContain('2 calls &amp; what to say</div>')
    expect(rendered.html).toContain('Hi, my name is Ada &amp; I live in 97212.<br />\nThank you, Sen. Merkley.')
    expect(rendered.html).toContain(
      '<a href="https://rollcall.example/u/AQEBAAAAAAAAAAAAAAAAAAAAAAAA">Unsubscribe</a> ada@subscriber.example',
    )
    expect(rendered.html).not.toMatch(/fonts\.googleapis|\{\{|q[0-9a-f]{6}x/)
    expect(template.fullRender).toEqual([])
  })

  it('makes the same template of the same files', async () => {
    const files = sampleFiles('<mj-text>{{firstName}} {{zip}}</mj-text>')
    const [first, second] = [await compiled(files), await compiled(files)]
    expect(first.htmlSource).toBe(second.htmlSource)
  })

  it('names file, line and column of an unknown field, and the field that was meant', async () => {
    const files = {
      ...sampleFiles('<mj-text>Hi</mj-text>\n{{> card}}', 'Dear\n  {{firstNme}}\n'),
      'partials/card.mjml': '<mj-text>\n{{#each seats}}{{nane}}{{/each}}</mj-text>',
    }
    expect(await problemsOf(files)).toMatchObject([
      { code: 'unknown_field', file: 'body.txt.hbs', line: 2, column: 5, hint: 'did you mean firstName?' },
      { code: 'unknown_field', file: 'partials/card.mjml', line: 2, column: 18, hint: 'did you mean name?' },
    ])
  })

  it('names the key of the manifest whose template is wrong', async () => {
    const result = await compileTemplate(sampleFiles('{{nope}}'), sampleManifest({ subject: '{{firstNam}}' }))
    expect(result.ok ? [] : result.problems[0]).toMatchObject({
      file: 'campaign.yaml',
      line: 9,
      hint: 'did you mean firstName?',
    })
  })

  it.each([
    ['prints a flag', '{{split}}', 'not_printable'],
    ['prints a list', '{{seats}}', 'not_printable'],
    ['prints a number of its own', '{{1}}', 'fixed_output'],
    ['prints a text of its own', '{{"a"}}', 'fixed_output'],
    ['loops over text', '{{#each stateNames}}x{{/each}}', 'wrong_type'],
    ['counts text', '{{count stateNames}}', 'wrong_type'],
    ['lists a field the items have not', '{{list seats "nme"}}', 'wrong_type'],
    ['reads through what may be missing', '{{campaign.hotline.number}}', 'may_be_missing'],
    [
      'reads it in the wrong branch',
      '{{#if campaign.hotline}}x{{else}}{{campaign.hotline.number}}{{/if}}',
      'may_be_missing',
    ],
    ['calls an unknown helper', '{{defalt firstName "x"}}', 'unknown_helper'],
    ['uses a loop value outside a loop', '{{@index}}', 'not_in_each'],
    ['names a partial that is not there', '{{> nowhere}}', 'missing_partial'],
  ])('refuses a template that %s', async (_, source, code) => {
    const problems = await problemsOf(sampleFiles(`<mj-text>${source}</mj-text>`, ''))
    expect(problems.map((each) => each.code)).toEqual([code])
  })
})

describe('MJML traps', () => {
  it('refuses blocks and words between components, which MJML drops without an error even under strict validation', async () => {
    const source =
      '<mjml><mj-body><mj-section>{{#if zip}}<mj-column><mj-text>x</mj-text></mj-column>{{/if}}</mj-section></mj-body></mjml>'
    const converted = await convertMjml(source)
    expect(converted.ok && !converted.html.includes('{{')).toBe(true)
    const problems = await problemsOf(sampleFiles('{{#if zip}}\n<mj-text>x</mj-text>\nstray {{/if}}'))
    expect(problems).toMatchObject([
      { code: 'between_components', file: 'body.mjml', line: 4, column: 1 },
      { code: 'between_components', file: 'body.mjml', line: 6, column: 1 },
    ])
  })

  it('takes comments, HTML inside components and white space for what they are', () => {
    expect(
      findStrays(
        '<mjml><!-- a note --><mj-body>\n <mj-section /><mj-text>a <b>b</b> c</mj-text><mj-raw>x</mj-raw></mj-body></mjml>',
      ),
    ).toEqual([])
    expect(findStrays('<mj-text>a</mj-text>b').map((each) => each.at)).toEqual([20])
  })

  it('refuses a value in a typed attribute, in words that do not hold the working directory', async () => {
    const problems = await problemsOf(sampleFiles('<mj-text color="{{campaign.title}}">x</mj-text>'))
    expect(problems).toMatchObject([{ code: 'mjml', file: 'body.mjml', line: 4 }])
    expect(problems[0]?.message).toContain('{{campaign.title}}')
    expect(JSON.stringify(problems)).not.toContain(process.cwd())
  })

  it('refuses a value that MJML copies into Outlook comments', async () => {
    const files = sampleFiles('<mj-text>x</mj-text>')
    files['body.mjml'] =
      '<mjml><mj-body><mj-section css-class="{{stateNames}}"><mj-column><mj-text>x</mj-text></mj-column></mj-section></mj-body></mjml>'
    const problems = await problemsOf(files)
    expect(problems.map((each) => each.code)).toEqual(['tag_moved', 'bad_context'])
  })

  it('refuses mj-include and never reads the file', async () => {
    const problems = await problemsOf(sampleFiles('<mj-include path="/etc/passwd" />'))
    expect(problems).toMatchObject([{ code: 'mj_include', file: 'body.mjml', line: 4 }])
  })

  it('refuses unknown components with their line', async () => {
    expect(await problemsOf(sampleFiles('<mj-text>x</mj-text>\n<mj-txt />'))).toMatchObject([
      { code: 'mjml', file: 'body.mjml', line: 5 },
    ])
  })

  it('T1: ends a conversion that takes too long', async () => {
    expect(await convertMjml('<mjml><mj-body></mj-body></mjml>', 1)).toEqual({
      ok: false,
      complaints: [{ message: 'MJML took longer than 1 ms', line: null }],
    })
  })
})
