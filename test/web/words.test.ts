// Both languages say the same things: the same keys, the same gaps; and a visitor is read rightly.
import { expect, test } from 'vitest'
import { en } from '../../src/web/words/en.ts'
import { es } from '../../src/web/words/es.ts'
import { languageOf, speaker } from '../../src/web/words/say.ts'

test('both dictionaries have the same keys, each with the same gaps, and none is empty', () => {
  expect(Object.keys(es).toSorted()).toEqual(Object.keys(en).toSorted())
  const gaps = (text: string) => [...new Set(text.match(/\{\w+\}/g))].toSorted()
  for (const [key, text] of Object.entries(en)) {
    const other: string = es[key as keyof typeof en]
    expect(gaps(other), key).toEqual(gaps(text))
    expect(other.trim(), key).not.toBe('')
  }
})

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['es', 'es'],
  ['es-419', 'es'],
  ['de-DE,es;q=0.3', 'es'],
  ['en;q=0.4,es;q=0.6', 'es'],
  ['es;q=0', 'en'],
  ['en,es', 'en'],
  [',;q=,es;q=nonsense;;', 'es'],
])('Accept-Language %j is answered in %s', (header, language) => {
  expect(languageOf(header)).toBe(language)
})

test('a value that looks like a gap stays a value', () => {
  expect(speaker('en', { list: 'Alerts' })('mail.forward.note', { name: '{list}', note: '{name}' })).toBe(
    '{list} writes:\n{name}',
  )
})
