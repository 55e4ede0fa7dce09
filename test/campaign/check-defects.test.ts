// One defect at a time planted in the reference campaign: the check finds each, with its place, and nothing else.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TemplateFiles } from '../../src/campaign/folder.ts'
import type { Problem } from '../../src/message/problem.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { addAudience, checkDraft, edit, paragraph, problemsOf, type Change } from './check-draft.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  await addAudience(store.db)
})
afterAll(() => store[Symbol.asyncDispose]())

const check = (change?: Change) => checkDraft(store.db, change)

interface Defect {
  code: string
  /** Found in this file, on the line with these words. */
  file: string
  line: string
  message?: RegExp
  change: Change
}

const TEMPLATE_DEFECTS: Record<string, Defect> = {
  'a block that is never closed': {
    code: 'template_syntax',
    file: 'partials/gap.mjml',
    line: '{{#if split}}',
    change: (files) => void (files['partials/gap.mjml'] += '{{#if split}}\n'),
  },
  'an unknown merge field in the HTML part': {
    code: 'unknown_field',
    file: 'partials/footer.mjml',
    line: '{{adress}}',
    message: /"adress" is not a field/,
    change: edit('partials/footer.mjml', '{{address}}', '{{adress}}'),
  },
  'an unknown merge field in the text part': {
    code: 'unknown_field',
    file: 'partials/headline.txt.hbs',
    line: 'Hello {{default fristName',
    message: /"fristName" is not a field/,
    change: edit('partials/headline.txt.hbs', '{{default firstName', '{{default fristName'),
  },
  'an unknown merge field in a script': {
    code: 'unknown_field',
    file: 'campaign.yaml',
    line: '  cannot_vote: |',
    message: /"callLastNam" is not a field/,
    change: edit('campaign.yaml', /(I know {{longTitle}} {{)callLastName(}} has no vote)/, '$1callLastNam$2'),
  },
  'a partial that is not there': {
    code: 'missing_partial',
    file: 'body.txt.hbs',
    line: '{{> pictures}}',
    change: edit('body.txt.hbs', '{{> picture}}', '{{> pictures}}'),
  },
  'a triple-stash (T2)': {
    code: 'unescaped_output',
    file: 'partials/footer.mjml',
    line: '{{{address}}}',
    change: edit('partials/footer.mjml', '{{address}}', '{{{address}}}'),
  },
  'a bare block between components': {
    code: 'between_components',
    file: 'body.mjml',
    line: '{{#if split}}',
    change: edit(
      'body.mjml',
      '    <mj-section css-class="sheet"',
      '    {{#if split}}{{/if}}\n    <mj-section css-class="sheet"',
    ),
  },
  'a value in the middle of a link (T3)': {
    code: 'url_attribute',
    file: 'partials/share.mjml',
    line: 'https://example.org/{{zip}}',
    change: paragraph('<a href="https://example.org/{{zip}}">Look</a>'),
  },
}

describe.each(Object.entries(TEMPLATE_DEFECTS))('%s', (_, defect) => {
  test(`is found as ${defect.code} with file and line`, async () => {
    let files: TemplateFiles = {}
    const report = await check((given) => {
      defect.change(given)
      files = given
    })
    expect(report.passed).toBe(false)
    const found = problemsOf(report).filter(({ code, file }) => code === defect.code && file === defect.file)
    expect(found.map(({ line = 0 }) => files[defect.file]?.split('\n')[line - 1])).toContainEqual(
      expect.stringContaining(defect.line),
    )
    expect(found[0]?.message).toMatch(defect.message ?? /./)
    expect(new Set(problemsOf(report).map(({ code }) => code))).toEqual(new Set([defect.code]))
  })
})

interface Blemish {
  code: string
  severity?: Problem['severity']
  /** What the message quotes, and where it is found. */
  message: RegExp
  change: Change
}

const footer = (part: string, from: string | RegExp) => edit(`partials/footer.${part}`, from, '')

const MESSAGE_DEFECTS: Record<string, Blemish> = {
  'a tally that contradicts the roll call': {
    code: 'tally_wrong',
    message: /^"230–188" in the HTML part .*\[.+ and \d+ more\]$/,
    change: edit('partials/picture.mjml', '{{campaign.house.yea}}–', '230–'),
  },
  'a tally that is wrong in the text of one outcome only': {
    code: 'tally_wrong',
    message: /^"66–33" in the text part .*\[no_vote \(US-H-[A-Z]{2}-00\)/,
    change: edit('partials/lead.txt.hbs', 'You have no senators', 'The Senate passed it 66–33. You have no senators'),
  },
  'HTML without the postal address': {
    code: 'postal_missing',
    message: /^the HTML part has no postal address/,
    change: (files) => {
      footer('mjml', '{{campaign.organisation.postalAddress}}')(files)
      edit('partials/donation.mjml', 'By mail: {{campaign.donation.byMail}}', '')(files)
    },
  },
  'text without the postal address': {
    code: 'postal_missing',
    message: /^the text part has no postal address/,
    change: (files) => {
      footer('txt.hbs', '{{campaign.organisation.postalAddress}}')(files)
      edit('partials/picture.txt.hbs', 'By mail: {{campaign.donation.byMail}}', '')(files)
    },
  },
  'HTML without a link to unsubscribe': {
    code: 'unsubscribe_missing',
    message: /^the HTML part has no unsubscribe link/,
    change: footer('mjml', /<a href="{{url unsubscribeUrl}}"[^>]*>Unsubscribe<\/a>/),
  },
  'text without a link to unsubscribe': {
    code: 'unsubscribe_missing',
    message: /^the text part has no unsubscribe link/,
    change: footer('txt.hbs', '{{url unsubscribeUrl}}'),
  },
  'HTML that does not say who we are': {
    code: 'sentence_missing',
    message: /^the HTML part has no sentence on who we are/,
    change: footer('mjml', '{{campaign.organisation.who}}'),
  },
  'a link over http': {
    code: 'link_not_https',
    message: /^<a> points to "http:\/\/example\.org\/vote"/,
    change: paragraph('<a href="http://example.org/vote">Look</a>'),
  },
  'a javascript: link (T3)': {
    code: 'link_not_https',
    message: /^<a> points to "javascript:alert\(1\)"/,
    change: paragraph('<a href="javascript:alert(1)">Look</a>'),
  },
  'an element that runs (T3)': {
    code: 'forbidden_element',
    message: /^<script> is not allowed in mail$/,
    change: paragraph('<script>alert(1)</script>'),
  },
  'an image without alt': {
    code: 'image_without_alt',
    message: /^the image "https:\/\/example\.org\/flag\.png" has no alt/,
    change: paragraph('<img src="https://example.org/flag.png" width="64" height="64">'),
  },
  'an image that only counts who opens (T28)': {
    code: 'tracking_pixel',
    message: /open\.gif" is too small to see/,
    change: paragraph('<img src="https://example.org/open.gif" alt="" width="1" height="1">'),
  },
  'text that is too pale': {
    code: 'contrast_low',
    severity: 'warning',
    message: /^"hard to read" is #c0c0c0 on #ffffff: 1\.\d\d:1/,
    change: paragraph('<span style="color:#c0c0c0">hard to read</span>'),
  },
  'text that is too dark by night': {
    code: 'contrast_low_dark',
    severity: 'warning',
    message: /^"hard to read" is #333333 on #1b212b in dark mode/,
    change: paragraph('<span style="color:#333333">hard to read</span>'),
  },
  'a false claim about whose representative somebody is': {
    code: 'claim_uncertain',
    message: /^the text part says "your representative voted".*\[ambiguous \(/,
    change: edit('partials/lead.txt.hbs', /Your two senators are below/, 'See how your representative voted'),
  },
}

describe.each(Object.entries(MESSAGE_DEFECTS))('%s', (_, { code, severity = 'error', message, change }) => {
  test(`is found as ${code} with what it says and who would get it`, async () => {
    const report = await check(change)
    const found = report.problems.filter((problem) => problem.code === code)
    expect(found.map((problem) => problem.message)).toContainEqual(expect.stringMatching(message))
    expect(found[0]?.severity).toBe(severity)
    expect(report.passed).toBe(severity !== 'error')
    expect(new Set(problemsOf(report).map((problem) => problem.code))).toEqual(
      new Set(severity === 'error' ? [code] : []),
    )
  })
})
