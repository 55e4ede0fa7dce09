// The mails that pages send, in the language of the page that was asked.
import { maskAddress } from '../core/address.ts'
import { randomWord } from '../core/ids.ts'
import { composeLetter, type Letter } from '../message/letter.ts'
import type { Visit } from './visit.ts'

/** Sends the link that takes an opt-out back. */
export function postUndo(visit: Visit, to: string, token: string): void {
  const { say } = visit
  post(visit, 'undo', to, {
    subject: say('mail.undo.subject'),
    paragraphs: [say('mail.undo.text')],
    link: { words: say('mail.undo.link'), url: confirmUrl(visit, token) },
    after: [say('mail.minutes'), say('mail.ignore')],
  })
}

/** Sends the link that opens a person's settings. */
export function postEdit(visit: Visit, to: string, token: string): void {
  const { say } = visit
  post(visit, 'edit', to, {
    subject: say('mail.edit.subject'),
    paragraphs: [say('mail.edit.text')],
    link: { words: say('mail.edit.link'), url: confirmUrl(visit, token) },
    after: [say('mail.minutes'), say('mail.ignore')],
  })
}

/** Asks the new mailbox whether it wants to be the one. */
export function postNewAddress(visit: Visit, to: string, token: string): void {
  const { say } = visit
  post(visit, 'new-address', to, {
    subject: say('mail.address.subject'),
    paragraphs: [say('mail.address.text')],
    link: { words: say('mail.address.link'), url: confirmUrl(visit, token) },
    after: [say('mail.minutes'), say('mail.ignore')],
  })
}

/** Tells the former mailbox of a change that is asked for, or done. The new address is masked in it. */
export function postAddressNotice(visit: Visit, to: string, newAddress: string, stage: 'told' | 'changed'): void {
  const { say, site } = visit
  const masked = maskAddress(newAddress)
  post(visit, 'address-notice', to, {
    subject: say(`mail.${stage}.subject`),
    paragraphs: [say(`mail.${stage}.text`, { masked }), say('mail.told.not-you')],
    link: { words: say('mail.told.link'), url: `${site.baseUrl}/help${visit.query}` },
    after: [],
  })
}

/** Asks whether the owner of the mailbox wants the list (double opt-in). */
export function postJoin(visit: Visit, to: string, token: string): void {
  const { say } = visit
  post(visit, 'join', to, {
    subject: say('mail.join.subject'),
    paragraphs: [say('mail.join.text')],
    link: { words: say('mail.join.link'), url: confirmUrl(visit, token) },
    after: [say('mail.join.day')],
  })
}

export interface ForwardLetter {
  name: string
  note: string
  /** Title of the campaign. */
  title: string
  campaignId: string
  /** With which the friend can refuse all further letters. */
  token: string
}

/** Sends the copy a subscriber asked for: written anew, so that nothing of theirs can be in it (threat T12). */
export function postForward(visit: Visit, to: string, { name, note, title, campaignId, token }: ForwardLetter): void {
  const { say, site } = visit
  post(visit, 'forward', to, {
    subject: say('mail.forward.subject', { name, title }),
    paragraphs: [
      say('mail.forward.text', { name, title }),
      ...(note === '' ? [] : [say('mail.forward.note', { name, note })]),
      say('mail.forward.what'),
    ],
    link: { words: say('mail.forward.link'), url: `${site.baseUrl}/votes/${campaignId}${visit.query}` },
    after: [say('mail.forward.once')],
    leave: { words: say('mail.forward.leave'), url: `${site.baseUrl}/o/${token}` },
  })
}

function confirmUrl({ site, query }: Visit, token: string): string {
  return `${site.baseUrl}/c/${token}${query}`
}

type Words = Pick<Letter, 'subject' | 'paragraphs' | 'link' | 'after'> & Partial<Pick<Letter, 'leave'>>

function post({ site, say, language }: Visit, kind: string, to: string, words: Words): void {
  const footer = [say('mail.footer'), `${site.organisation}, ${site.postalAddress}`]
  const letter = { leave: null, ...words, language, footer }
  site.post.post(kind, composeLetter(letter, to, site.letterhead, `letter-${kind}-${randomWord(12)}`, site.clock.now()))
}
