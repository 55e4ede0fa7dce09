// What all pages work with: the database, the keys, the sender, and the words about whoever runs this.
import type { KeyObject } from 'node:crypto'
import type { Logger } from 'pino'
import type { Sender } from '../campaign/composer.ts'
import { createScoreboards, type Scoreboards } from '../campaign/scoreboards.ts'
import type { App } from '../compose.ts'
import type { Config } from '../config/load.ts'
import type { Clock } from '../core/clock.ts'
import { randomWord } from '../core/ids.ts'
import { tokenKeys, type TokenKeys } from '../core/token.ts'
import { openPostOffice, type PostOffice } from '../delivery/post-office.ts'
import { webhookKey } from '../feedback/sendgrid-signature.ts'
import type { Letterhead } from '../message/letter.ts'
import type { Db } from '../store/connect.ts'

export interface Site extends Acts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  /** Read the tokens of links. */
  readonly keys: TokenKeys
  /** Keys the hashes of addresses. */
  readonly addressKey: Buffer
  readonly sender: Sender
  readonly letterhead: Letterhead
  readonly post: PostOffice
  readonly scoreboards: Scoreboards
  /** Where visitors reach us, without a slash at the end: `https://alerts.example.org`. */
  readonly baseUrl: string
  /** The origins at which the console is reached; forms from any other are refused (threat T18). */
  readonly origins: Set<string>
  /** Aborted when the server stops: pages that are being kept up to date end then. */
  readonly stopping: AbortController
  /** What the first visitor must type in production, as `rollcall serve` printed it; null: nothing. */
  readonly setupCode: string | null
  /** The path in it, '' for none. */
  readonly root: string
  /** How many proxies of ours stand before us. */
  readonly proxies: number
  readonly organisation: string
  readonly list: string
  readonly postalAddress: string
  /** A mailbox that somebody reads. */
  readonly contact: string
  /** Verifies the calls of SendGrid's webhook; null: there is none. */
  readonly webhookKey: KeyObject | null
  /** How long the bodies of provider events are kept. */
  readonly feedbackKeepDays: number
}

/** What the console and the API need of the application beyond the database. */
type Acts = Pick<
  App,
  'config' | 'launch' | 'enqueueDue' | 'transport' | 'knownTransports' | 'queues' | 'intake' | 'store'
>

type Parts = Pick<App, 'clock' | 'log' | 'db' | 'addressKey' | 'sender'> & Acts

/** Returns the site of an application. Its post office must be disposed of before the application. */
export function createSite(app: Parts): Site {
  const { config, clock, log, db, addressKey, sender } = app
  const { origin, pathname } = new URL(config.ROLLCALL_BASE_URL)
  const root = pathname.replace(/\/+$/, '')
  return {
    ...actsOf(app),
    db,
    clock,
    log,
    keys: tokenKeys(config.ROLLCALL_SECRET, config.ROLLCALL_PREVIOUS_SECRETS),
    addressKey,
    sender,
    letterhead: letterheadOf(config, sender),
    post: openPostOffice({
      db,
      log,
      transports: () => Promise.all(config.ROLLCALL_TRANSPORT.map((name) => app.transport(name))),
    }),
    scoreboards: createScoreboards(db, sender.links, clock),
    baseUrl: `${origin}${root}`,
    root,
    origins: new Set([origin]),
    stopping: new AbortController(),
    setupCode: config.ROLLCALL_ENV === 'production' ? randomWord(10) : null,
    proxies: config.ROLLCALL_PROXIES,
    organisation: config.ROLLCALL_ORGANISATION,
    list: config.ROLLCALL_LIST_NAME,
    webhookKey: config.ROLLCALL_SENDGRID_WEBHOOK_KEY ? webhookKey(config.ROLLCALL_SENDGRID_WEBHOOK_KEY) : null,
    feedbackKeepDays: config.ROLLCALL_FEEDBACK_KEEP_DAYS,
    postalAddress: config.ROLLCALL_POSTAL_ADDRESS,
    contact: config.ROLLCALL_REPLY_TO,
  }
}

function actsOf(app: Acts): Acts {
  return {
    config: app.config,
    store: app.store,
    intake: app.intake,
    launch: (id, wish) => app.launch(id, wish),
    enqueueDue: () => app.enqueueDue(),
    transport: (name) => app.transport(name),
    knownTransports: (names) => app.knownTransports(names),
    queues: () => app.queues(),
  }
}

function letterheadOf(config: Config, { messageKey, bounceDomain }: Sender): Letterhead {
  const name = config.ROLLCALL_ORGANISATION
  return {
    from: { name, address: config.ROLLCALL_SENDER },
    replyTo: { name, address: config.ROLLCALL_REPLY_TO },
    envelopeFrom: `letters@${bounceDomain}`,
    messageKey,
  }
}
