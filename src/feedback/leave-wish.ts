// Replies of people who want no more mail, in so many words (mail-rules 3).
import { unquoted } from './notice-text.ts'

/** What such a reply begins with; most are one line. Words that may be part of a letter must stand alone. */
const WISH =
  /^[\W_]*(?:(?:please|pls|kindly)[\s,]+)?(?:unsubscribe|un-subscribe|opt[- ]?out|remove(?: me)?|take me off|stop|cancel|(?:i )?(?:want to|wish to|would like to) (?:unsubscribe|be removed|opt[- ]?out)|no more (?:e-?mails?|mails?)|(?:do not|don'?t) (?:send|e-?mail|write|contact)|delete me|desuscrib|dar(?:me)? de baja|b[áa]ja\b|d[ée]sinscri|se d[ée]sabonner|abmelden|austragen|abbestellen)/i
/** A lone word is a wish; a longer line must say what of. */
const OBJECT =
  /\b(?:me|list|mail(?:ing|s)?|e-?mails?|subscription|alerts?|messages?|newsletters?|lista|correos?|liste|verteiler)\b/i
const ATTRIBUTION =
  /^(?:on .{0,200} wrote:?|el .{0,200} escribi[óo]:?|le .{0,200} a [ée]crit ?:?|am .{0,200} schrieb.{0,80}:?|-{2,} ?original message.*|_{5,}|from: .*)$/i
const LONGEST = 400

/** Returns whether the letter, without what it quotes, asks to be taken off the list and says little else. */
export function asksToLeave(subject: string, text: string): boolean {
  const lines = unquoted(text)
    .split('\n')
    .map((line) => line.trim())
  const end = lines.findIndex((line) => ATTRIBUTION.test(line))
  const own = (end === -1 ? lines : lines.slice(0, end)).filter((line) => line !== '')
  if (own.join(' ').length > LONGEST) return false
  if (own.length === 0) return isWish(subject)
  return own.slice(0, 3).some(isWish)
}

function isWish(line: string): boolean {
  const match = WISH.exec(line)
  if (match === null) return false
  const rest = line
    .slice(match[0].length)
    .replace(/[\s\W]+/g, ' ')
    .trim()
  return rest === '' || OBJECT.test(line)
}
