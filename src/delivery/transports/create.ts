// Makes the transport that the settings name.
import type { Transport } from '../transport.ts'
import { createFileTransport, type FileSettings } from './file.ts'
import { createSendGridTransport, type SendGridSettings } from './sendgrid.ts'
import { createSmtpTransport, type SmtpSettings } from './smtp.ts'

/** A kind of transport with its settings. */
export type TransportChoice =
  | [kind: 'smtp', settings: SmtpSettings]
  | [kind: 'sendgrid', settings: SendGridSettings]
  | [kind: 'file', settings: FileSettings]

/** Returns the transport; nothing connects yet. Throws RollcallError (usage) when its settings cannot work. */
export function createTransport(...[kind, settings]: TransportChoice): Transport {
  if (kind === 'smtp') return createSmtpTransport(settings)
  return kind === 'sendgrid' ? createSendGridTransport(settings) : createFileTransport(settings)
}
