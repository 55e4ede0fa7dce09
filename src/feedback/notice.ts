// Bounces written for people: whether a mail is one, whom it speaks of, and which words belong to whom.
import { fieldOf, fieldsOf, type Field } from './header-block.ts'
import { unquoted } from './notice-text.ts'
import type { Mail } from './read-mail.ts'

/** Words of a notice about one recipient. */
export interface Passage {
  recipient: string | null
  text: string
}

/** The senders of mail systems. `postmaster` is a person too, sometimes: its mail must also say that it returns something. */
const DAEMON =
  /mailer[-_ .]?daemon|mail(?:er)?[-_ .]?delivery[-_ .](?:system|subsystem|service)|mail[-_ .]?daemon|poo?st_?master|microsoftexchange[0-9a-f]{8}|mdaemon|system administrator|mail administrator|internet mail delivery|delivery[-_ ]?(?:status|report|failure|notification)/i
const MACHINE =
  /no-?reply|do-?not-?reply|(?:^|[-_.<"])(?:admin|administrator|sysadmin|system|daemon|bounces?|errors?|robot|gateway|notifications?|mail(?:er)?|smtp|mta|listserv|majordomo|owner|request)(?:[-_.@">]|$)|anti-?(?:spam|virus)|(?:sys|-)admin@/i

const SUBJECT =
  /undeliver|non-?deliver|not (?:been )?delivered|(?:couldn'?t|could not|can ?not|can'?t|unable to) (?:be )?(?:deliver|sen[dt])|returned (?:mail|message|to sender|e-?mail)|return(?:ing|ed) message|returned:|deliver\w* (?:status|fail\w*|report|problem|notification|error|has failed|unsuccessful|delay\w*|incomplete|attempt)|fail(?:ed|ure)(?: notice|:? (?:mail|message|delivery|to deliver))|failure notice|mail (?:delivery|system|failure|error)|message (?:delivery|status|not sent|rejected|delayed)|postmaster notify|bounced?\b|loop alert|error (?:sending|delivering|in (?:your )?mail)|there was an error|mail rejected|(?:rejected|blocked):|warning: (?:could not|message)|не доставлен|недоставлен|не удалось доставить|возврат|(?:配信|送信|配送|メール).{0,12}(?:エラー|できません|失敗|不能)|エラーメール|退信|无法(?:投递|送达|发送)|投递失败|退回|배달.{0,4}(?:실패|되지)|반송|(?:unzustellbar|nicht (?:zu)?(?:gestellt|stellbar)|zustell(?:ung|fehler)|unzugestellt)|non (?:remis|distribu|d[ée]livr)|[ée]chec (?:de|d')|(?:remise|distribution).{0,20}(?:[ée]chec|impossible|erreur)|no (?:se )?(?:ha podido |pudo )?entrega|entrega.{0,20}(?:fallid|error|falh)|(?:falha|erro) (?:na|de) entrega|mensagem n[ãa]o entregue|mancat[oa] (?:consegna|recapito)|non recapit|onbestelbaar|niet (?:af)?geleverd|bezorg|leverings|kunde inte levereras|olevererat|kunne ikke leveres|toimit|niedor[ęe]cz|nedoru[čc]|teslim/i

const BODY =
  /(?:could|can) ?n[o']t be (?:delivered|sent)|couldn'?t be delivered|(?:was|were|has|have|is) ?n[o']t (?:been )?(?:able to deliver|delivered|sent to)|wasn'?t (?:delivered|able to deliver)|unable to deliver|not be able to deliver|undeliver(?:able|ed)|non-?deliver(?:y|able|ed)|deliver[ey]\w*(?: has| to| attempt| of)?\b.{0,60}\b(?:failed|failure|unsuccessful|aborted|impossible|delayed)|failed (?:permanently|to deliver|to send|address|recipient)|had (?:permanent|transient|delivery)\b.{0,20}(?:errors|problems)|following address(?:\(?es\)?)?\s.{0,20}failed|(?:did|does) not reach the following|(?:permanent|delivery|fatal) (?:error|failure)|returned to (?:the )?sender|(?:message|mail|posting|article) (?:was|has been) (?:rejected|returned|refused|bounced|delayed)|trouble delivering|problem delivering|error (?:has )?occurred while (?:attempting|trying) to deliver|returned mail|mail transport (?:system|unavailable)|sorry to have to inform you|user mailbox exceeds|transcript of session|final-recipient:|не может быть доставлен|не (?:было|удалось) достав|(?:配信|送信|配送|お届け).{0,10}(?:できません|出来ません|失敗|されません)|宛先.{0,12}(?:存在|不明|見つかり)|无法(?:投递|送达|发送)|投递失败|退回|전송.{0,6}(?:실패|못)|nicht (?:zu)?(?:gestellt|stellbar)|konnte nicht|n'a (?:pas )?pu [êe]tre|n'a pas [ée]t[ée] (?:remis|d[ée]livr|distribu)|no (?:se )?(?:ha podido|pudo|puede) (?:ser )?(?:entrega|envia)|n[ãa]o (?:p[ôo]de|foi poss[íi]vel) (?:ser )?entreg|impossibile (?:recapitare|consegnare)|non (?:[èe] stato|ha potuto)|kon niet worden|niet (?:worden )?(?:af)?geleverd|kunde inte levereras/i

const REPLYING = /^\s*(?:re|fwd?|aw|wg|tr|sv|vs|antw|enc|rv|rif|i)\s*(?:\[\d+\])?:/i
const NEAR = 40 // lines at the top that say what a mail is
const ADDRESS = /[^\s<>()[\],;:"'=]{1,64}@[a-z0-9\u0080-\uffff][a-z0-9.\u0080-\uffff-]{0,252}/gi

/** Returns whether the mail is a report by its form, or comes from a machine: people who forward a report do not make it theirs. */
export function isFromReporter(mail: Mail, subject: string): boolean {
  if (mail.contentType === 'multipart/report' || isFromDaemon(mail.fields)) return true
  return !REPLYING.test(subject) && (isUnanswerable(mail.fields) || MACHINE.test(fieldOf(mail.fields, 'from') ?? ''))
}

/** RFC 5321 section 4.5.5: reports, and they alone, have an empty return path. */
function isUnanswerable(fields: readonly Field[]): boolean {
  const returnPath = fieldOf(fields, 'return-path')
  return returnPath !== null && /^<?\s*>?$/.test(returnPath)
}

/** Returns whether the mail is a notice that something was not delivered, told without any machine-readable part. */
export function isNotice(mail: Mail, subject: string): boolean {
  const from = fieldOf(mail.fields, 'from') ?? ''
  const isDaemon = isFromDaemon(mail.fields)
  if (fieldOf(mail.fields, 'x-failed-recipients') !== null && isDaemon) return true
  if (REPLYING.test(subject) && !isDaemon) return false
  const top = unquoted(mail.notice).split('\n').slice(0, NEAR).join(' ').slice(0, 6_000)
  const says = SUBJECT.test(subject) || BODY.test(top)
  if (isDaemon || isUnanswerable(mail.fields)) return says
  return MACHINE.test(from) && (BODY.test(top) || (SUBJECT.test(subject) && /loop|deliver|return/i.test(subject)))
}

/** Returns whether a mail system wrote it, by its From; one without an address is nobody's. */
export function isFromDaemon(fields: readonly Field[]): boolean {
  const from = fieldOf(fields, 'from') ?? ''
  return DAEMON.test(from) || /^\W*$/.test(from)
}

/** Returns whether the notice says that it is still being tried. */
export function isDelay(mail: Mail, subject: string): boolean {
  const top = `${subject}\n${mail.notice}`.slice(0, 6_000)
  const isWarning =
    /this is a warning message only|only a (?:temporary|warning)|temporary failure report|you do not need to (?:resend|re-send)|no action is required|has not yet been delivered|will (?:be )?(?:retry|retried|continue (?:trying|to try)|keep trying|try again)|(?:is|was|been) delayed for|delivery is delayed|noch nicht zugestellt|delivery status notification \(delay\)|\bdelayed:/i
  return isWarning.test(top) && !/given up|giving up|will not (?:be )?(?:retr|continue)/i.test(top)
}

/**
 * Returns what the notice says of each recipient, in order. A line that starts with an address, whatever its bullets and
 * brackets, opens the words about it; without such lines all words are about the address that the notice names at all.
 */
export function passages(mail: Mail): Passage[] {
  const own = new Set(fieldsOf(mail.fields, 'to', 'from', 'delivered-to', 'reply-to').flatMap(addressesIn))
  const failed = fieldsOf(mail.fields, 'x-failed-recipients').flatMap(addressesIn)
  const lines = unquoted(mail.notice).split('\n')
  const found = new Map<string, string[]>()
  let current: string[] | null = null
  for (const line of lines) {
    const address = openingAddress(line)
    const isKnown = address !== null && (found.has(address) || !own.has(address) || failed.includes(address))
    if (address !== null && isKnown && found.size < 100) {
      current = found.get(address) ?? []
      found.set(address, current)
    }
    current?.push(line)
  }
  if (failed.some((each) => found.has(each)))
    for (const address of found.keys()) if (!failed.includes(address)) found.delete(address)
  if (found.size > 0) return [...found].map(([recipient, words]) => ({ recipient, text: words.join('\n') }))
  const named = [...failed, ...addressesIn(lines.join('\n')).filter((each) => !own.has(each) && !isOffice(each))]
  return [{ recipient: named[0] ?? null, text: lines.join('\n') }]
}

function openingAddress(line: string): string | null {
  const opening =
    /^[\s*•·>"'-]{0,40}(?:[45]\d\d[ -]|(?:recipients?|failed recipient|addressed to|recipient address|addressee|message to|user|rcpt to)\s?:\s*)?[<"']{0,2}(?=[^\s<>"']{1,64}@)/i.exec(
      line.slice(0, 400),
    )
  if (opening === null) return null
  const rest = line.slice(opening[0].length, opening[0].length + 330)
  const [address] = rest.match(ADDRESS) ?? []
  return address !== undefined && rest.startsWith(address) && !isOffice(address) ? tidy(address) : null
}

function isOffice(address: string): boolean {
  return /^(?:postmaster|mailer-daemon|support|help(?:desk)?|abuse|info-?tech|webmaster)@/i.test(address)
}

/** Returns the addresses that stand in a text, in lower case. */
function addressesIn(text: string): string[] {
  return (text.slice(0, 20_000).match(ADDRESS) ?? []).slice(0, 200).map(tidy)
}

function tidy(address: string): string {
  return address.toLowerCase().replace(/[.\s]+$/, '')
}

/** Returns the decoded subject, or an empty text. */
export function subjectOf(fields: readonly Field[], decode: (text: string) => string): string {
  return decode(fieldOf(fields, 'subject') ?? '').slice(0, 1_000)
}
