// Tallies in the copy: every "231–188" must be the official count of one of the campaign's roll calls.
import type { Problem } from '../problem.ts'
import type { RollCallView } from '../view.ts'

/** A pair of figures that reads like the count of a vote, and where it stands. */
interface Tally {
  shown: string
  yea: number
  nay: number
}

// Not part of a longer number (a phone, a date, a section): no digit, hyphen, slash or point right before or after.
const PAIR = /(?<![\d$#.,/:‑–—−-])(\d{1,3})(?:\s?[‑–—−-]\s?| to )(\d{1,3})(?![\d%]|[.,/:‑–—−-]\d)/g
const WORDED =
  /(?<!\d)(\d{1,3}) (?:voted )?(?:yes|yeas?|ayes?|in favou?r|for)\b[^\d.;]{1,24}?(\d{1,3}) (?:voted )?(?:no|noes|nays?|against|opposed)\b/gi
const UNIT =
  /^\s*(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|percent|per cent|%|a\.m|p\.m|am\b|pm\b|o’clock|words?|calls?|people|dollars?|miles?)/i
const BEFORE =
  /(?:January|February|March|April|May|June|July|August|September|October|November|December|pages?|ages?|sections?|items?)\s$/i

/** Fewer could not be a vote: the smaller chamber needs 51 present, the House has 435 seats. */
const SMALLEST = 51
const LARGEST = 435

/** Returns every tally in `copy` that no roll call has, and those that have the figures the other way round. */
export function lintTallies(copy: string, where: string, rollCalls: readonly RollCallView[]): Problem[] {
  const found = new Map(tallies(copy.replace(/\s+/g, ' ')).map((tally) => [tally.shown, tally]))
  return [...found.values()].flatMap((tally) => judge(tally, where, rollCalls))
}

function tallies(copy: string): Tally[] {
  const pairs = [...copy.matchAll(PAIR)].filter((match) => isVote(match, copy))
  return [...pairs, ...copy.matchAll(WORDED)].map((match) => ({
    shown: match[0],
    yea: Number(match[1]),
    nay: Number(match[2]),
  }))
}

function isVote(match: RegExpExecArray, copy: string): boolean {
  const sum = Number(match[1]) + Number(match[2])
  const end = match.index + match[0].length
  const isMeasure =
    UNIT.test(copy.slice(end, end + 12)) || BEFORE.test(copy.slice(Math.max(0, match.index - 12), match.index))
  return sum >= SMALLEST && sum <= LARGEST && !isMeasure
}

function judge({ shown, yea, nay }: Tally, where: string, rollCalls: readonly RollCallView[]): Problem[] {
  if (rollCalls.some((each) => each.yea === yea && each.nay === nay)) return []
  const reversed = rollCalls.find((each) => each.yea === nay && each.nay === yea)
  if (reversed !== undefined) {
    const message = `"${shown}" in ${where} is the count of ${reversed.id} the other way round`
    return [{ severity: 'warning', code: 'tally_reversed', message, hint: `yea first: ${counts([reversed])}` }]
  }
  const message = `"${shown}" in ${where} is not the count of any roll call of this campaign`
  return [
    { severity: 'error', code: 'tally_wrong', message, hint: counts(rollCalls) || 'the campaign has no roll call' },
  ]
}

function counts(rollCalls: readonly RollCallView[]): string {
  return rollCalls.map(({ id, yea, nay }) => `${id}: ${yea}–${nay}`).join(', ')
}
