// Every setting: one schema with type, default and a sentence. README and `rollcall config` print it.
import { z } from 'zod'
import { parseAddress } from '../core/address.ts'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

const url = (protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, error: `is no such URL; write one like ${example}` })

const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback)

const percent = (fallback: number) => z.coerce.number().min(0).max(100).default(fallback)

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )

const PROVIDERS = ['google', 'microsoft', 'yahoo', 'apple', 'other'] as const

function providerLimits(text: string, context: z.RefinementCtx): Partial<Record<(typeof PROVIDERS)[number], number>> {
  const limits: Partial<Record<(typeof PROVIDERS)[number], number>> = {}
  for (const part of text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)) {
    const [, name = '', number = ''] = /^([a-z]+)=(\d+(?:\.\d+)?)$/.exec(part) ?? []
    const provider = PROVIDERS.find((each) => each === name)
    if (provider === undefined || Number(number) <= 0)
      context.addIssue({ code: 'custom', message: `has "${part}"; write ${PROVIDERS.join('=N, ')}=N` })
    else limits[provider] = Number(number)
  }
  return limits
}

const mailbox = z.string().refine((text) => parseAddress(text).ok, 'is no plain address; write name@example.org')

const words = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => !/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(text), 'holds a line break or a control character')

/** The settings, by the name of their environment variable. */
export const settings = z.object({
  DATABASE_URL: url(/^postgres(ql)?$/, 'postgresql://user@host/rollcall')
    .optional()
    .describe('PostgreSQL 15 or newer. Absent: an embedded one, kept under ROLLCALL_HOME.'),
  REDIS_URL: url(/^rediss?$/, 'redis://host:6379/0')
    .optional()
    .describe('Redis for the job queue. Absent: the queue lives in PostgreSQL.'),
  SMTP_URL: z
    .string()
    .transform((text) => text.split(/\s+/).filter(Boolean))
    .pipe(
      z
        .array(url(/^smtps?$/, 'smtp://user:password@host:587'))
        .min(1)
        .max(9),
    )
    .optional()
    .describe(
      'The mail server that takes messages. `smtps:` is TLS from the start; `smtp:` upgrades with STARTTLS, which is required unless the host is this machine or the URL ends in `?tls=never`. Several, with spaces between them, are the transports `smtp`, `smtp-2`, …: the first that works is used.',
    ),
  SENDGRID_API_KEY: z.string().min(1).optional().describe('A SendGrid key with the scope mail.send only.'),
  ROLLCALL_HOME: z
    .string()
    .min(1)
    .default('.rollcall')
    .describe('Folder for the embedded database, the local inbox and generated files.'),
  ROLLCALL_SECRET: z
    .string()
    .min(16, 'is shorter than 16 characters; try `openssl rand -hex 32`')
    .optional()
    .describe(
      'Keys every link, every bounce address and every hash of an address. To change it, put the old one into ROLLCALL_PREVIOUS_SECRETS. Absent: one is made in ROLLCALL_HOME.',
    ),
  ROLLCALL_PREVIOUS_SECRETS: list.describe(
    'Comma-separated earlier secrets, newest first: their links still work, and the last one goes on keying the hashes of addresses. Keep them all.',
  ),
  ROLLCALL_BASE_URL: url(/^https?$/, 'https://alerts.example.org')
    .default('http://localhost:8080')
    .describe(
      'Where subscribers reach the pages of `rollcall serve`; https in production, and short: it is in every link.',
    ),
  ROLLCALL_HTTP_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe(
      'Address that `rollcall serve` listens on; put a TLS proxy before it and write 0.0.0.0 if that is elsewhere.',
    ),
  ROLLCALL_HTTP_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(8080)
    .describe('Port of `rollcall serve`; 0 takes any that is free.'),
  ROLLCALL_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(9)
    .default(0)
    .describe(
      'How many proxies of yours stand before `rollcall serve`, each of which adds to X-Forwarded-For: where a sign-up came from is read there. 0: visitors connect to it themselves.',
    ),
  ROLLCALL_ORGANISATION: words(100)
    .default('Rollcall')
    .describe('Who writes: the name on the subscriber pages and in the mails that they send.'),
  ROLLCALL_LIST_NAME: words(60).default('Action alerts').describe('Name of the list, as the subscriber pages call it.'),
  ROLLCALL_POSTAL_ADDRESS: words(200)
    .default('PO Box 1, Anytown, DC 20000')
    .describe('Postal address below the pages and their mails; the law wants a real one.'),
  ROLLCALL_SENDER: mailbox
    .default('alerts@rollcall.example')
    .describe('From address of the mails that the subscriber pages send: confirmations, one-use links, forwards.'),
  ROLLCALL_REPLY_TO: mailbox
    .default('hello@rollcall.example')
    .describe('A mailbox that somebody reads: the pages name it, and replies to their mails go there.'),
  ROLLCALL_BOUNCE_DOMAIN: z
    .string()
    .regex(/^[a-z0-9.-]+\.[a-z0-9-]+$/i, 'is no domain')
    .default('bounce.rollcall.example')
    .describe('Domain of MAIL FROM, one address per delivery; bounces return to it.'),
  ROLLCALL_TRANSPORT: list
    .pipe(
      z.array(
        z
          .string()
          .regex(
            /^(?:smtp(?:-[2-9])?|sendgrid|file)$/,
            'is no transport; smtp, smtp-2 and so on, sendgrid and file are',
          ),
      ),
    )
    .describe(
      'What carries messages: comma-separated names, best first; when one fails the next takes over. Absent: all of SMTP_URL when it is set, else `sendgrid` when SENDGRID_API_KEY is, else `file`, which writes .eml files to ROLLCALL_HOME/outbox.',
    ),
  ROLLCALL_SMTP_CONNECTIONS: positive(10).describe(
    'Connections to each mail server, for each worker process, and so many messages in the air: a worker that dies leaves at most these in doubt.',
  ),
  ROLLCALL_SMTP_CONNECTIONS_TOTAL: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      'Connections to each mail server by all workers together, idle ones included, shared out among those that are alive. Absent: no limit.',
    ),
  ROLLCALL_SMTP_MESSAGES_PER_CONNECTION: positive(100).describe(
    'Messages after which a connection is closed and opened anew.',
  ),
  ROLLCALL_SENDGRID_BATCH: positive(100)
    .pipe(z.number().max(1000))
    .describe('Messages in one SendGrid call, at most 1,000. A lost reply puts the whole call in doubt.'),
  ROLLCALL_SENDGRID_URL: url(/^https?$/, 'https://api.sendgrid.com')
    .default('https://api.sendgrid.com')
    .describe('Address of the SendGrid API (the EU region has its own).'),
  ROLLCALL_MESSAGES_PER_SECOND: z.coerce
    .number()
    .positive()
    .optional()
    .describe('Upper limit for each transport, shared by all workers. Absent: no limit.'),
  ROLLCALL_MESSAGES_PER_DAY: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      'Messages a day (UTC) for each transport, by all workers together; then it rests until midnight. Absent: no limit.',
    ),
  ROLLCALL_PROVIDER_LIMITS: z
    .string()
    .default('')
    .transform(providerLimits)
    .describe(
      'Messages a second to addresses of one mailbox provider, for each transport: `google=20,yahoo=5`. Providers: google, microsoft, yahoo, apple, other. Not needed behind a relay that shapes its own traffic.',
    ),
  ROLLCALL_SECOND_PERSON_FROM: z.coerce
    .number()
    .int()
    .min(0)
    .default(1)
    .describe(
      'From so many subscribers on, whoever made or edited a campaign in the console or by the API cannot approve it: somebody else has to. 0: never. The command line is not bound by it.',
    ),
  ROLLCALL_UNDO_MINUTES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1440)
    .default(2)
    .describe('How long a launch from the console waits before it goes out, so that it can be taken back.'),
  ROLLCALL_CANARY_PERCENT: percent(1).describe(
    'Share of the audience that a campaign is sent to first; the rest follows when that went well. 0: no canary.',
  ),
  ROLLCALL_CANARY_LEAST: positive(100).describe(
    'The canary is at least so many; audiences below ten times that have none.',
  ),
  ROLLCALL_CANARY_MOST: positive(2000).describe('The canary is at most so many.'),
  ROLLCALL_CANARY_WAIT_MINUTES: z.coerce
    .number()
    .int()
    .min(0)
    .max(1440)
    .default(0)
    .describe('How long to wait for late bounces and complaints after the canary.'),
  ROLLCALL_STOP_BOUNCED_PERCENT: percent(5).describe(
    'A campaign pauses by itself when more than this share of the canary, or later of its audience, bounces. 0: never.',
  ),
  ROLLCALL_STOP_BLOCKED_PERCENT: percent(5).describe(
    'The same for messages of the canary that receivers block. 0: never.',
  ),
  ROLLCALL_STOP_COMPLAINED_PERCENT: percent(0.3).describe('The same for complaints. 0: never.'),
  ROLLCALL_SOFT_BOUNCES: z.coerce
    .number()
    .int()
    .min(0)
    .default(3)
    .describe(
      'An address is suppressed when so many messages came back from a full or refusing mailbox and none arrived between them. 0: never.',
    ),
  ROLLCALL_SOFT_BOUNCE_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .default(15)
    .describe('Those messages lie at least so many days apart, the first and the last.'),
  ROLLCALL_FEEDBACK_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address on which `rollcall feedback listen` takes returned mail.'),
  ROLLCALL_FEEDBACK_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(2525)
    .describe('Its port; the MX of ROLLCALL_BOUNCE_DOMAIN, or the relay before it, delivers there.'),
  ROLLCALL_FEEDBACK_MAILBOXES: list.describe(
    'Comma-separated further mailboxes at ROLLCALL_BOUNCE_DOMAIN, such as `fbl` for complaint feeds. Bounces and opt-outs have theirs already.',
  ),
  ROLLCALL_FEEDBACK_KEEP_DAYS: positive(60)
    .pipe(z.number().max(90))
    .describe('How long the bytes of returned mails and provider events are kept, at most 90 days.'),
  ROLLCALL_FEEDBACK_IMAP_URL: url(/^imaps?$/, 'imaps://user:password@host/INBOX')
    .optional()
    .describe(
      'A mailbox from which `rollcall feedback poll` fetches returned mail. `imaps:` is TLS from the start; `imap:` upgrades with STARTTLS, which is required unless the host is this machine.',
    ),
  ROLLCALL_SENDGRID_WEBHOOK_KEY: z
    .base64()
    .optional()
    .describe(
      'The public key of the signed SendGrid Event Webhook, as SendGrid shows it. Absent: no event is accepted.',
    ),
  ROLLCALL_METRICS_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .optional()
    .describe('Port on which a worker shows its Prometheus metrics at /metrics, on this machine only. Absent: none.'),
  ROLLCALL_DKIM_DOMAIN: z
    .string()
    .optional()
    .describe('Signing domain (d=). Set all three DKIM settings, or none and let the relay sign.'),
  ROLLCALL_DKIM_SELECTOR: z.string().optional().describe('Selector (s=) under which the public key is published.'),
  ROLLCALL_DKIM_KEY_FILE: z.string().optional().describe('File with the RSA private key, PEM.'),
  ROLLCALL_ENV: z
    .enum(['development', 'production'])
    .default('development')
    .describe('Outside `production` mail goes only to the domains of ROLLCALL_ALLOWED_DOMAINS.'),
  ROLLCALL_ALLOWED_DOMAINS: z
    .string()
    .default('example.com,example.org,example.net,example,test,invalid,localhost')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim().toLowerCase())
        .filter(Boolean),
    )
    .describe('Recipient domains (and everything below them) that may be written to outside production.'),
  LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .default('info')
    .describe('How much a worker says on stderr: trace, debug, info, warn, error or silent.'),
})

export type Settings = z.output<typeof settings>
