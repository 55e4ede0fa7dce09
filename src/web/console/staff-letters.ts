// The mails that the console sends to staff: an invitation, a new password, and word of what was changed.
import { randomWord } from '../../core/ids.ts'
import { composeLetter, type Letter } from '../../message/letter.ts'
import type { Guest } from './desk.ts'

/** Sends the link with which an account is made. */
export function postInvitation(guest: Guest, to: string, link: string, role: string): void {
  const { organisation } = guest.site
  post(guest, 'invitation', to, {
    subject: `Join ${organisation} on Rollcall`,
    paragraphs: [`You are invited to work on the campaigns of ${organisation}, with the role ${role}.`],
    link: { words: 'Make your account', url: link },
    after: ['The link works once, for seven days.', 'If you did not expect this, you need not do anything.'],
  })
}

/** Sends the link with which a password is set anew. */
export function postReset(guest: Guest, to: string, link: string): void {
  post(guest, 'reset', to, {
    subject: 'Set a new password',
    paragraphs: ['Somebody asked for a new password for your account on Rollcall.'],
    link: { words: 'Set a new password', url: link },
    after: [
      'The link works once, for 30 minutes.',
      'If it was not you, ignore this mail: your password stays as it is.',
    ],
  })
}

/** Tells the owner of an account that how they sign in has changed. */
export function postChanged(guest: Guest, to: string, what: string): void {
  post(guest, 'account-changed', to, {
    subject: `${what} on Rollcall`,
    paragraphs: [`${what} for your account. Every browser that was signed in has been signed out.`],
    link: { words: 'Sign in', url: `${guest.site.baseUrl}/console` },
    after: ['If it was not you, set a new password now and tell your admin.'],
  })
}

type Words = Pick<Letter, 'subject' | 'paragraphs' | 'link' | 'after'>

function post({ site }: Guest, kind: string, to: string, words: Words): void {
  const footer = [`This mail is for the staff of ${site.organisation}.`, site.postalAddress]
  const letter: Letter = { ...words, leave: null, language: 'en', footer }
  site.post.post(kind, composeLetter(letter, to, site.letterhead, `letter-${kind}-${randomWord(12)}`, site.clock.now()))
}
