// The lint as a whole: a good message has no problem, and each thing that would shame it is found.
import { describe, expect, it } from 'vitest'
import { buildView } from '../../../src/message/build-view.ts'
import { lintMessage, type Rendered } from '../../../src/message/lint/lint-message.ts'
import type { RollCallView, VariantView } from '../../../src/message/view.ts'
import { exampleFacts, exampleMatch, PORTLAND, seatMatch } from '../example-match.ts'

const UNSUBSCRIBE = 'https://act.example.org/u/TOKEN'

function rollCall(id: string, chamber: 'house' | 'senate', yea: number, nay: number): RollCallView {
  const words = { result: 'Passed', question: '', heldOn: 'December 21, 2017', heldAt: '4:53 p.m. Eastern' }
  return { id, chamber, yea, nay, present: 0, notVoting: 0, ...words }
}

const ROLL_CALLS = {
  house: rollCall('h708-115.2017', 'house', 231, 188),
  senate: rollCall('s325-115.2017', 'senate', 66, 32),
}
const VIEW = buildView(PORTLAND, { ...exampleFacts(), rollCalls: ROLL_CALLS })
const SPLIT = buildView(
  exampleMatch(
    [
      seatMatch('US-H-NY-10', 'Jerrold Nadler', { candidate: true }),
      seatMatch('US-H-NY-12', 'Carolyn Maloney', { candidate: true }),
      seatMatch('US-S-NY-1', 'Kirsten Gillibrand'),
    ],
    'all_champions',
  ),
  { ...exampleFacts(), rollCalls: ROLL_CALLS },
)

const FOOTER = `<p>We are an example. PO Box 1,<br>Washington, DC 20010. <a href="${UNSUBSCRIBE}">Unsubscribe</a>. Not tax-deductible.</p>`
const GOOD: Rendered = {
  subject: 'Wyden and Merkley voted No',
  preheader: 'The House voted 231–188. Here is what to say.',
  html: page('<h1>Your senators</h1><p>The Senate voted 66-32, the House 231 to 188.</p>'),
  text: `The Senate voted 66-32.\n\nWe are an example.\nPO Box 1, Washington,\nDC 20010\nNot tax-deductible.\n${UNSUBSCRIBE}\n`,
  rawBytes: 40_000,
}

function page(body: string, footer = FOOTER, lang = ' lang="en-US"'): string {
  return `<!doctype html><html${lang}><head><title>x</title></head><body>${body}${footer}</body></html>`
}

function codes(changes: Partial<Rendered>, view: VariantView = VIEW): string[] {
  return lintMessage({ ...GOOD, ...changes }, { view, unsubscribeUrl: UNSUBSCRIBE }).map(
    ({ severity, code }) => `${severity} ${code}`,
  )
}

function withBody(body: string): string[] {
  return codes({ html: page(`<h1>Hello</h1>${body}`) })
}

it('a good message has no problem', () => {
  expect(codes({})).toEqual([])
})

describe('size', () => {
  const html = (bytes: number) => GOOD.html + ' '.repeat(bytes - GOOD.html.length)

  it('warns over 90 KB and stops over 102 KB of HTML', () => {
    expect(codes({ html: html(90_000) })).toEqual([])
    expect(codes({ html: html(90_001) })).toEqual(['warning html_too_big'])
    expect(codes({ html: html(102_000) })).toEqual(['warning html_too_big'])
    expect(codes({ html: html(102_001) })).toEqual(['error html_too_big'])
  })

  it('counts bytes, not characters', () => {
    expect(codes({ html: GOOD.html + '李'.repeat(31_000) })).toContain('warning html_too_big')
  })

  it('stops a message over 500 KB', () => {
    expect(codes({ rawBytes: 500_000 })).toEqual([])
    expect(codes({ rawBytes: 500_001 })).toEqual(['error message_too_big'])
  })
})

describe('markup', () => {
  it.each(['script', 'form', 'iframe', 'object', 'input', 'svg', 'amp-img', 'video'])('refuses <%s>', (tag) => {
    expect(withBody(`<${tag}></${tag}>`)).toContain('error forbidden_element')
  })

  it('refuses stylesheet links, refreshes, handlers and AMP', () => {
    expect(withBody('<link rel="stylesheet" href="https://x.example/a.css">')).toContain('error forbidden_element')
    expect(withBody('<meta http-equiv="refresh" content="0;url=https://x.example/">')).toContain(
      'error forbidden_element',
    )
    expect(withBody('<p onclick="x()">a</p>')).toEqual(['error forbidden_attribute'])
    expect(codes({ html: GOOD.html.replace('<html', '<html ⚡4email') })).toEqual(['error forbidden_attribute'])
  })

  it.each([
    'http://x.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    '/u/x',
    '',
    'HTTP://X.example',
    '//x.example/',
  ])('refuses the link %j (T3)', (url) => {
    expect(withBody(`<a href="${url}">a</a>`)).toEqual(['error link_not_https'])
  })

  it('allows mailto and tel in links only', () => {
    expect(withBody('<a href="mailto:a@example.org">a</a><a href="tel:+18559802355">b</a>')).toEqual([])
    expect(withBody('<img alt="" width="9" height="9" src="tel:+1">')).toEqual(['error link_not_https'])
  })

  it('warns of links that only this machine can open', () => {
    expect(withBody('<a href="http://127.0.0.1:8080/u/x">a</a>')).toEqual(['warning local_link'])
  })

  it('refuses data: in sources and styles', () => {
    expect(withBody('<img alt="" width="9" height="9" src="data:image/png;base64,xx">')).toEqual([
      'error link_not_https',
    ])
    expect(withBody('<p style="background:url(data:image/png;base64,xx)">a</p>')).toEqual(['error link_not_https'])
  })

  it('wants alt, width and height on images, and no pixel that counts who opens (T28)', () => {
    const src = 'src="https://x.example/a.png"'
    expect(withBody(`<img ${src} width="9" height="9">`)).toEqual(['error image_without_alt'])
    expect(withBody(`<img ${src} alt="">`)).toEqual(['warning image_without_size'])
    expect(withBody(`<img ${src} alt="" width="1" height="1">`)).toEqual(['error tracking_pixel'])
  })

  it('wants a language, a first heading and roles on layout tables', () => {
    expect(codes({ html: page('<h1>x</h1>', FOOTER, '') })).toEqual(['error lang_missing'])
    expect(codes({ html: page('<h1>x</h1>', FOOTER, ' lang="de"') })).toEqual(['warning lang_differs'])
    expect(codes({ html: page('<p>x</p>') })).toEqual(['warning heading_missing'])
    expect(withBody('<table><tr><td>x</td></tr></table>')).toEqual(['notice table_without_role'])
    expect(withBody('<table role="presentation"><tr><td>x</td></tr></table>')).toEqual([])
  })
})

describe('footer', () => {
  const without = (words: string) => codes({ html: GOOD.html.replace(words, '') })

  it('misses each part in the HTML', () => {
    expect(without('PO Box 1,')).toEqual(['error postal_missing'])
    expect(without('We are an example.')).toEqual(['error sentence_missing'])
    expect(without('Not tax-deductible.')).toEqual(['warning legal_missing'])
    expect(without(`href="${UNSUBSCRIBE}"`)).toEqual(['error unsubscribe_missing'])
  })

  it('misses each part in the text', () => {
    expect(codes({ text: GOOD.text.replace('PO Box 1,', '') })).toEqual(['error postal_missing'])
    expect(codes({ text: GOOD.text.replace(UNSUBSCRIBE, 'https://act.example.org/u/OTHER') })).toEqual([
      'error unsubscribe_missing',
    ])
  })

  it('does not count a link that nobody sees', () => {
    const hidden = GOOD.html.replace('<p>We are', '<p style="display:none">We are')
    expect(codes({ html: hidden })).toContain('error unsubscribe_missing')
    expect(codes({ html: GOOD.html.replace('>Unsubscribe<', '><') })).toEqual(['error unsubscribe_missing'])
  })
})

describe('the one-click link', () => {
  const codesFor = (url: string) =>
    lintMessage(
      { ...GOOD, html: GOOD.html.replace(UNSUBSCRIBE, url), text: GOOD.text.replace(UNSUBSCRIBE, url) },
      { view: VIEW, unsubscribeUrl: url },
    ).map(({ code }) => code)

  it('is noticed when the base URL leaves too little room for a token', () => {
    expect(codesFor(`https://${'a'.repeat(15)}.example/u/x`)).toEqual([])
    expect(codesFor(`https://${'a'.repeat(16)}.example/u/x`)).toEqual(['one_click_long'])
  })
})

describe('the lines an inbox shows', () => {
  it('warns of length in characters as people count them', () => {
    expect(codes({ subject: 'é'.repeat(60) })).toEqual([])
    expect(codes({ subject: `${'👩‍👩‍👧'.repeat(59)}ab` })).toEqual(['warning subject_long'])
    expect(codes({ preheader: 'x'.repeat(91) })).toEqual(['warning preheader_long'])
  })

  it('wants both', () => {
    expect(codes({ subject: ' ', preheader: '' })).toEqual(['error subject_empty', 'warning preheader_empty'])
  })

  it.each(['Re: your vote', 'FWD: news', 'fw : x', 'Re[2]: x'])('refuses the false reply "%s"', (subject) => {
    expect(codes({ subject })).toContain('error subject_false_reply')
  })

  it('knows shouting from names in capitals', () => {
    expect(codes({ subject: 'CALL YOUR SENATORS' })).toEqual(['warning subject_shouts'])
    expect(codes({ preheader: 'What now?!' })).toEqual(['warning preheader_shouts'])
    expect(codes({ subject: 'DACA ends. What your senators did' })).toEqual([])
  })
})

describe('the text part', () => {
  it('may not be empty, and notices long lines that are more than a link', () => {
    expect(codes({ text: '' })).toContain('error text_empty')
    expect(codes({ text: `${GOOD.text}${'word '.repeat(16)}\n` })).toEqual(['notice text_line_long'])
    expect(codes({ text: `${GOOD.text}https://x.example/${'y'.repeat(100)}\n` })).toEqual([])
  })

  it('shows no HTML escape and no expression (T5)', () => {
    expect(codes({ text: `${GOOD.text}O&#x27;Brien` })).toEqual(['error leftover'])
    expect(codes({ subject: 'Tom &amp; you' })).toEqual(['error leftover'])
    expect(withBody('<p>Hello {{firstName}}</p>')).toEqual(['error leftover'])
    expect(withBody('<p>O&#x27;Brien &amp;amp; friends</p>')).toEqual([])
  })
})

describe('claims', () => {
  it('refuses to call an uncertain representative the reader’s own', () => {
    const text = (words: string) => codes({ text: `${words}\n${GOOD.text}` }, SPLIT)
    expect(text('Your representative voted No.')).toEqual(['error claim_uncertain'])
    expect(text('Your representative, Jerrold Nadler, voted No.')).toEqual(['error claim_uncertain'])
    expect(text('Your representative is Jerrold Nadler or Carolyn Maloney;\nboth voted No.')).toEqual([])
    expect(text('Both people who may represent you voted No. Your senator voted No.')).toEqual([])
    expect(codes({ text: `Your representative voted No.\n${GOOD.text}` })).toEqual([])
  })
})
