// Text must be legible on whatever lies behind it.
import { describe, expect, it } from 'vitest'
import { lintContrast } from '../../../src/message/lint/contrast.ts'
import { readPage } from '../../../src/message/lint/page.ts'
import { declarations } from '../../../src/message/lint/style.ts'

function lint(body: string): string[] {
  return lintContrast(readPage(`<html><body>${body}</body></html>`)).map(({ message }) => message)
}

describe('contrast', () => {
  it('passes black on white and what is dark enough', () => {
    expect(lint('<p>plain <a href="https://x.example">link</a></p>')).toEqual([])
    expect(lint('<p style="color:#767676">grey</p>')).toEqual([])
  })

  it('names text, colours and ratio of what is too faint', () => {
    expect(lint('<p style="color:#777777">grey</p>')).toEqual(['"grey" is #777777 on #ffffff: 4.48:1, below 4.5:1'])
    expect(lint('<p style="color:#ccc">grey</p>')).toEqual(['"grey" is #cccccc on #ffffff: 1.61:1, below 4.5:1'])
  })

  it('inherits colours and grounds through tables, attributes and styles', () => {
    const white = (cell: string) => `<table bgcolor="#1f4e9e"><tr><td ${cell}><b>text</b></td></tr></table>`
    expect(lint(white('style="color:white"'))).toEqual([])
    expect(lint(white('style="color:#fff;background-color:#eeeeee"'))).toHaveLength(1)
    expect(lint(white(''))).toHaveLength(1)
    expect(
      lint('<div style="background:#111 url(https://x.example/a.png)"><span style="color:#333">x</span></div>'),
    ).toHaveLength(1)
    expect(lint('<font color="#dddddd">x</font>')).toHaveLength(1)
  })

  it('lays translucent colours over what is below', () => {
    expect(lint('<div style="background:#000"><p style="color:rgba(255,255,255,0.9)">x</p></div>')).toEqual([])
    expect(lint('<p style="color:rgba(0,0,0,0.3)">x</p>')).toHaveLength(1)
  })

  it('allows large text 3:1, from 24 px or from 18.66 px in bold', () => {
    const grey = (style: string, tag = 'p') => lint(`<${tag} style="color:#8a8a8a;${style}">x</${tag}>`).length
    expect([grey('font-size:24px'), grey('font-size:23px')]).toEqual([0, 1])
    expect([grey('font-size:19px;font-weight:700'), grey('font-size:18px;font-weight:bold')]).toEqual([0, 1])
    expect([grey('', 'h1'), grey('font-size:14pt', 'strong'), grey('font-weight:normal', 'h2')]).toEqual([0, 0, 0])
    expect(grey('font-size:19px;font-weight:400', 'h3')).toBe(1)
  })

  it('does not look at what nobody sees', () => {
    expect(
      lint('<div style="display:none;color:#fff">preheader</div><p style="color:#fff"> &nbsp;&#8203; </p>'),
    ).toEqual([])
  })

  it('tells each pair of colours once', () => {
    expect(lint('<p style="color:#ccc">a</p><p style="color:#ccc">b</p>')).toHaveLength(1)
  })
})

describe('dark mode', () => {
  const night = (css: string, body: string) =>
    lint(
      `<style>@import url("x"); /* .a{} */ p{color:#fff}@media (prefers-color-scheme: dark) { ${css} }</style>${body}`,
    )
  const card =
    '<div class="card wide" style="background:#ffffff;background-color:#ffffff"><p style="color:#111111">text</p></div>'

  it('is judged only where a style sheet has rules for it', () => {
    expect(lint(`<style>@media print { .card { background: #000 !important } }</style>${card}`)).toEqual([])
  })

  it('finds dark text left on a ground that turned dark', () => {
    expect(night('.card { background-color: #111111 !important; }', card)).toEqual([
      '"text" is #111111 on #111111 in dark mode: 1.00:1, below 4.5:1',
    ])
    expect(night('.card{background:#111 !important} .card p{color:#eee !important}', card)).toEqual([])
  })

  it('follows tags, classes, ids, children and descendants, the stronger selector first', () => {
    const dark = '.card{background:#111 !important}'
    const isRead = (selector: string) => night(`${dark} ${selector}{color:#eee !important}`, card).length === 0
    expect(['p', '.card p', 'div > p', 'body .card.wide > p', 'x, p', '*'].map(isRead)).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
    ])
    expect(['.narrow p', 'body > p', '#card p', 'p:hover', '[data-x] p', ''].map(isRead)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
    ])
    expect(night(`${dark} .card p{color:#eee !important} p{color:#222 !important}`, card)).toEqual([])
  })

  it('lets inline styles win over rules that are not important', () => {
    expect(night('.card{background:#111 !important} p{color:#eee}', card)).toHaveLength(1)
    expect(
      night('.card{background:#111 !important} p{color:#eee}', card.replace(' style="color:#111111"', '')),
    ).toEqual([])
  })
})

describe('inline styles', () => {
  it('are read whatever stands in quotes and brackets', () => {
    const style = declarations(
      `Color : RED !important; background:url("data:a;b") ; font-family:'A;B', serif;;x;color:blue`,
    )
    expect([...style]).toEqual([
      ['color', 'blue'],
      ['background', 'url("data:a;b")'],
      ['font-family', "'A;B', serif"],
    ])
  })

  it('are read in linear time when damaged', () => {
    const started = performance.now()
    declarations(`${'"(\''.repeat(50_000)}:x`)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
