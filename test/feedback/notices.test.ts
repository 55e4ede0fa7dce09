// Notices of many mail systems without a machine-readable part: whose they are, whom they name, what they say.
import { describe, expect, test } from 'vitest'
import { readReports } from '../../src/feedback/read-reports.ts'
import { letter } from './mails.ts'

type Notice = [who: string, head: string, text: string, kind: string, found: string | null, recipient: string | null]

const TO = 'To: us@example.org'
const NOTICES: Notice[] = [
  [
    'Postfix without its report',
    `From: MAILER-DAEMON@mx.example.net (Mail Delivery System)\n${TO}\nSubject: Undelivered Mail Returned to Sender`,
    "I'm sorry to have to inform you that your message could not\nbe delivered.\n\n<ana@example.net>: host mx.example.net[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)",
    'bounce',
    'hard',
    'ana@example.net',
  ],
  [
    'CommuniGate',
    `From: <MAILER-DAEMON@example.net>\n${TO}\nSubject: Undeliverable mail: our alert`,
    "Failed to deliver to 'ana@example.net'\nLOCAL module(account ana) reports:\n account is full (quota exceeded)",
    'bounce',
    'soft',
    'ana@example.net',
  ],
  [
    'hMailServer',
    `From: mailer-daemon@example.net\n${TO}\nSubject: Message undeliverable: our alert`,
    'Your message did not reach some or all of the intended recipients.\n\n   Sent: Mon\n   Subject: our alert\n\nThe following recipient(s) could not be reached:\n\nana@example.net\n   Error Type: SMTP\n   Remote server replied: 550 No such user here',
    'bounce',
    'hard',
    'ana@example.net',
  ],
  [
    'MDaemon',
    `From: MDaemon at example.net <postmaster@example.net>\n${TO}\nSubject: WARNING: Message delivery failed`,
    'The following message had delivery errors:\n\nRecipient: ana@example.net\n\nSession Transcript:\n--> RCPT To:<ana@example.net>\n<-- 550 Recipient unknown',
    'bounce',
    'hard',
    'ana@example.net',
  ],
  [
    'XMail',
    `From: postmaster@example.net\n${TO}\nSubject: Error sending message [123] from [example.net]`,
    '[<00>] XMail bounce: Rcpt=[ana@example.net];Error=[550 Mailbox unavailable]\n[<01>] Error sending message',
    'bounce',
    'hard',
    'ana@example.net',
  ],
  [
    'IceWarp',
    `From: <>\n${TO}\nSubject: Delivery failure`,
    'Your message could not be delivered to the following address:\nana@example.net\nReason: 552 mailbox full',
    'bounce',
    'soft',
    'ana@example.net',
  ],
  [
    'Exchange 5.5',
    `From: System Administrator <postmaster@example.net>\n${TO}\nSubject: Undeliverable: our alert`,
    'Your message\n\n  To:      Ana\n  Subject: our alert\n\ndid not reach the following recipient(s):\n\nana@example.net on Mon, 1 Jan 2018\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=us;a= ;p=x',
    'bounce',
    'hard',
    'ana@example.net',
  ],
  [
    'GroupWise',
    `From: Mailer-Daemon@example.net\n${TO}\nSubject: Message status - undeliverable`,
    'The message that you sent was undeliverable to the following:\n\tana (550 No such user)',
    'bounce',
    'hard',
    null,
  ],
  [
    'a gateway that blocks',
    `From: <>\n${TO}\nSubject: **Message you sent blocked by our bulk email filter**`,
    'Your message to: ana@example.net\nwas blocked by our Spam Firewall. The email you sent has NOT BEEN DELIVERED.',
    'bounce',
    'block',
    'ana@example.net',
  ],
  [
    'Gmail in German',
    `From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\n${TO}\nSubject: Delivery Status Notification (Failure)\nX-Failed-Recipients: ana@example.net`,
    'Ihre Nachricht wurde nicht an ana@example.net zugestellt, weil die Adresse nicht gefunden wurde.\n\nDie Antwort vom Remote-Server lautete:\n550 5.1.1 User unknown',
    'bounce',
    'hard',
    'ana@example.net',
  ],
  [
    'a French server',
    `From: Postmaster <postmaster@example.fr>\n${TO}\nSubject: Echec de remise`,
    "Votre message n'a pas pu etre remis.\n\n<ana@example.fr>: utilisateur inconnu",
    'bounce',
    'hard',
    'ana@example.fr',
  ],
  [
    'a Spanish server',
    `From: MAILER-DAEMON@example.es\n${TO}\nSubject: Mensaje no entregado`,
    'No se ha podido entregar su mensaje a:\nana@example.es: el buzón está lleno',
    'bounce',
    'soft',
    'ana@example.es',
  ],
  [
    'a Chinese server',
    `From: postmaster@example.cn\n${TO}\nSubject: 系统退信`,
    '您的邮件无法投递\n收件人: ana@example.cn\n原因: 用户不存在',
    'bounce',
    'hard',
    'ana@example.cn',
  ],
  [
    'sendmail that warns',
    `From: Mail Delivery Subsystem <MAILER-DAEMON@example.net>\n${TO}\nSubject: Warning: could not send message for past 4 hours`,
    '    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n\n   ----- The following addresses had transient non-fatal errors -----\n<ana@example.net>\n\n   ----- Transcript of session follows -----\n<ana@example.net>... Deferred: Connection timed out',
    'delayed',
    'soft',
    'ana@example.net',
  ],
  [
    'Exim that warns',
    `From: Mail Delivery System <Mailer-Daemon@example.net>\n${TO}\nSubject: Warning: message 1abc delayed 24 hours`,
    'This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  ana@example.net\n    Delay reason: connection refused\n\nNo action is required on your part. Delivery attempts will continue for\nsome time',
    'delayed',
    'soft',
    'ana@example.net',
  ],
  [
    'a person who forwards a bounce',
    `From: Ana <ana@example.net>\n${TO}\nSubject: FW: Undeliverable: our alert`,
    'see below\n\n-----Original Message-----\nFrom: postmaster@example.net\nSubject: Undeliverable\n\nbo@example.net\n550 5.1.1 User unknown',
    'other',
    null,
    null,
  ],
  [
    'a person who pastes a bounce',
    `From: Ana <ana@example.net>\nReturn-Path: <ana@example.net>\n${TO}\nSubject: your mail`,
    'My sister wrote to you and got this:\nYour message could not be delivered: 550 5.1.1 User unknown\nWhat is it?',
    'other',
    null,
    null,
  ],
  [
    'a person who wants to leave',
    `From: Ana <ana@example.net>\n${TO}\nSubject: Re: our alert`,
    'Please take me off your list. My mailbox is full of this.',
    'other',
    null,
    'ana@example.net',
  ],
  [
    'a person whose note comes from the null path',
    `From: Ana <ana@example.net>\nReturn-Path: <>\n${TO}\nSubject: On holiday until Monday`,
    'I am away. Mail cannot be delivered to me before Monday.',
    'auto_reply',
    null,
    null,
  ],
  [
    'a ticket system',
    `From: Support <support@example.net>\nAuto-Submitted: auto-generated\n${TO}\nSubject: [#123] We got your message`,
    'Thank you, your message was delivered to our team.',
    'other',
    null,
    null,
  ],
  [
    'a challenge',
    `From: Ana <ana@example.net>\nAuto-Submitted: auto-replied\n${TO}\nSubject: Please confirm your message`,
    'Your message was not delivered yet: confirm that you are a person.',
    'auto_reply',
    null,
    null,
  ],
  [
    'a newsletter about mail',
    `From: News <news@example.net>\n${TO}\nSubject: Why mail is returned to sender`,
    'Ten reasons why mail could not be delivered: 550 user unknown and others.',
    'other',
    null,
    null,
  ],
]

describe('a notice of', () => {
  test.each(NOTICES)('%s', async (_, head, text, kind, found, recipient) => {
    const { reports } = await readReports(letter(head, text))
    expect(reports.map((each) => [each.kind, each.class, each.recipient])).toEqual([[kind, found, recipient]])
  })
})
