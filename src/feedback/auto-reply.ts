// Answers of machines on behalf of people (RFC 3834): no bounce, no complaint, whatever words stand in them.
import { fieldOf, type Field } from './header-block.ts'

/** Subjects that mail programs give to absence notes, in the languages they come in. */
const SUBJECT =
  /^\s*(?:\[?auto(?:matic)?[- ]?(?:reply|response|responder|antwort|svar)\]?|automatische? (?:antwort|afwezigheidsbericht)|out[- ]of[- ](?:the )?office|ooo\b|i(?:'| a)m (?:away|on (?:vacation|leave|holiday))|away from (?:my|the) (?:mail|office)|on (?:vacation|holiday|annual leave)|vacation(?: reply| message)?\b|abwesen(?:heit|d)|r[ée]ponse automatique|absence du bureau|respuesta autom|fuera de (?:la )?oficina|risposta automatica|fuori sede|resposta autom|afwezig|automatiskt? svar|autosvar|frånvaro|poissa|автоответ|自動(?:返信|応答)|不在(?:通知|連絡)|自动(?:回复|答复)|자동 ?(?:회신|응답))/i

/** Returns whether a machine answered: told by the header fields, and by the subject where those are missing. */
export function isAutoReply(fields: readonly Field[], subject: string): boolean {
  const submitted = (fieldOf(fields, 'auto-submitted') ?? '').toLowerCase()
  if (/^auto-(?:replied|notified)/.test(submitted) && !isReport(fields)) return true
  if (['x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-auto-reply'].some((name) => isYes(fields, name)))
    return true
  if (/auto[-_]?reply/i.test(fieldOf(fields, 'precedence') ?? '')) return true
  return SUBJECT.test(subject)
}

function isYes(fields: readonly Field[], name: string): boolean {
  const value = fieldOf(fields, name)
  return value !== null && !/^(?:no|false|0)$/i.test(value)
}

/** Postfix and others call their own reports `auto-replied` (RFC 3834 section 5). */
function isReport(fields: readonly Field[]): boolean {
  return (
    /^multipart\/report/i.test(fieldOf(fields, 'content-type') ?? '') || fieldOf(fields, 'x-failed-recipients') !== null
  )
}
