// Which language a visitor reads, and the words in it.
import { en, type Word } from './en.ts'
import { es } from './es.ts'

const DICTIONARIES = { en, es } as const satisfies Record<string, Readonly<Record<Word, string>>>
export type Language = keyof typeof DICTIONARIES
export const LANGUAGES: readonly Language[] = ['en', 'es']

/** Returns the words of a key with its {names} filled in; a name that is not given stays as it is. */
export type Say = (word: Word, values?: Readonly<Record<string, string | number>>) => string

/** Returns the speaker of a language; `common` values are there for every word. */
export function speaker(language: Language, common: Readonly<Record<string, string>>): Say {
  const words: Readonly<Record<Word, string>> = DICTIONARIES[language]
  return (word, values = {}) =>
    words[word].replace(/\{(\w+)\}/g, (mark, name: string) => String(values[name] ?? common[name] ?? mark))
}

/** Returns the language of `?lang=`, or null for none that we speak. */
export function asLanguage(text: string | undefined): Language | null {
  return LANGUAGES.find((each) => each === text) ?? null
}

/** Returns the best language of an Accept-Language header (RFC 9110 section 12.5.4); English when it asks for none we speak. */
export function languageOf(header: string | undefined): Language {
  const wishes = (header ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
      const q = parameters.map((each) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(each)?.[1]).find(Boolean)
      return { language: asLanguage(tag.trim().split('-')[0]), weight: q === undefined ? 1 : Number(q) }
    })
    .filter((wish) => wish.language !== null && wish.weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
  return wishes[0]?.language ?? 'en'
}
