// ZIP codes as text: how people write them, and the ones that belong to no seat.

export interface Zip {
  zip: string
  /** The four digits after the hyphen, kept apart: they settle no district. */
  plus4: string | null
}

export type SpecialKind = 'military' | 'freely_associated'

export interface SpecialZip {
  zip: string
  kind: SpecialKind
}

// Micronesia, the Marshall Islands and Palau: mailed to by the USPS, without a seat in Congress.
const FREELY_ASSOCIATED = ['96939', '96940', '96941', '96942', '96943', '96944', '96960', '96970']
// AA, AE and AP: the United States military abroad.
const MILITARY = [
  '340',
  '090',
  '091',
  '092',
  '093',
  '094',
  '095',
  '096',
  '097',
  '098',
  '099',
  '962',
  '963',
  '964',
  '965',
  '966',
]

/** Returns the five digits, and the +4 if given, of `12345`, `12345-6789`, `12345 6789` or `123456789`; null for anything else. */
export function parseZip(text: string): Zip | null {
  const parts = /^(\d{5})(?:[- ]?(\d{4}))?$/.exec(text.trim())
  return parts ? { zip: parts[1] ?? '', plus4: parts[2] ?? null } : null
}

/** Returns every ZIP that has no member of Congress, in order. */
export function specialZips(): SpecialZip[] {
  const military = MILITARY.flatMap((prefix) =>
    Array.from({ length: 100 }, (_, tail) => ({
      zip: prefix + String(tail).padStart(2, '0'),
      kind: 'military' as const,
    })),
  )
  const freelyAssociated = FREELY_ASSOCIATED.map((zip) => ({ zip, kind: 'freely_associated' as const }))
  return [...military, ...freelyAssociated].toSorted((a, b) => (a.zip < b.zip ? -1 : 1))
}
