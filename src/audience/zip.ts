// A subscriber's ZIP as text: five digits and, kept apart, the +4; leading zeros are never lost.

/** What the congress data knows of a ZIP: mapped to seats, only its state, military or abroad, or nothing. */
export type ZipKnowledge = 'known' | 'state' | 'special' | 'unknown'

export type ReadZip =
  | { ok: true; zip: string | null; plus4: string | null; padded: boolean }
  | { ok: false; problem: string; hint: string }

/** A ZIP, with an optional +4 behind a hyphen, a dash, a blank or nothing. */
const FORM = /^(\d{3,5})(?:[-\u2010-\u2013 ]?(\d{4}))?$/
const BLANK: ReadZip = { ok: true, zip: null, plus4: null, padded: false }

/**
 * Returns the ZIP in `text` (congress-data, section 5, rule 1), null when blank. A ZIP of three or four digits
 * has probably lost its leading zeros in a spreadsheet: it is refused, or padded and marked when `pad` is true.
 */
export function readZip(text: string, pad: boolean): ReadZip {
  const trimmed = text.trim()
  if (trimmed === '') return BLANK
  const parts = splitZip(trimmed)
  if (parts === null)
    return {
      ok: false,
      problem: `"${trimmed.slice(0, 40)}" is no US ZIP code`,
      hint: 'write five digits, or leave it empty',
    }
  const { zip, plus4 } = parts
  if (zip.length === 5) return { ok: true, zip, plus4, padded: false }
  if (pad) return { ok: true, zip: zip.padStart(5, '0'), plus4, padded: true }
  return {
    ok: false,
    problem: `zip "${trimmed}" has ${zip.length} digits`,
    hint: 'write 5, or pass --pad-zip if a spreadsheet cut the zeros',
  }
}

/** `1234` to `12345` is a bare ZIP; nine digits are a ZIP and its +4; seven or eight could be anything. */
function splitZip(text: string): { zip: string; plus4: string | null } | null {
  const match = FORM.exec(text)
  if (!match?.[1]) return null
  const joined = /^\d+$/.test(text)
  if (joined && text.length > 5 && text.length !== 9) return null
  return { zip: match[1], plus4: match[2] ?? null }
}

/** Returns the +4 of its own column: four digits or nothing. */
export function readPlus4(text: string): ReadZip {
  const trimmed = text.trim()
  if (trimmed === '') return BLANK
  if (/^\d{4}$/.test(trimmed)) return { ok: true, zip: null, plus4: trimmed, padded: false }
  return {
    ok: false,
    problem: `"${trimmed.slice(0, 40)}" is no +4 of a ZIP code`,
    hint: 'write four digits, or leave it empty',
  }
}
