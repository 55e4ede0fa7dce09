// A message: the rendered subject, HTML and text for one subscriber, ready for any transport.

export interface Mailbox {
  name: string
  address: string
}

/** A header of ours beside From, To, Subject, Date and the like: printable ASCII, built by code, never by people. */
export type Header = readonly [name: string, value: string]

/** The content all messages of one variant share; personal values are marks such as `%s3%` that occur nowhere else. */
export interface SharedContent {
  subject: string
  text: string
  html: string
}

export interface Message {
  deliveryId: string
  /** Without angle brackets. */
  messageId: string
  /** Fixed at launch, so that a second build has the same bytes. */
  date: Date
  from: Mailbox
  replyTo: Mailbox
  to: Mailbox
  /** MAIL FROM: the bounce address of this one delivery. */
  envelopeFrom: string
  needsSmtpUtf8: boolean
  headers: readonly Header[]
  subject: string
  text: string
  html: string
  /** The same object for every message of the variant, so that a provider call can carry many. */
  shared: SharedContent
  /** Mark → value, already escaped for where it stands. */
  values: Readonly<Record<string, string>>
  /** The complete RFC 5322 message with CRLF line ends, without a DKIM signature. */
  raw(): Buffer
}

/** What a message has beside its content: built for one delivery, before and apart from the template. */
export type MessageHead = Omit<Message, 'subject' | 'text' | 'html' | 'shared' | 'values' | 'raw'>
