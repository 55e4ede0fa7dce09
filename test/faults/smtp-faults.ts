// Every way in which a mail server can go wrong at every stage of the conversation.
import type { Act, Stage } from './sink.ts'

export interface SmtpFault {
  stage: Stage
  name: string
  act: Act
}

/** Longer than the workers' timeouts in a round, and shorter. */
const LATE_MS = 700

/** Whatever the stage. */
const ANYWHERE: readonly Omit<SmtpFault, 'stage'>[] = [
  { name: '421', act: { say: '421 4.3.2 shutting down', ending: 'close' } },
  { name: 'close before the reply', act: { say: null, ending: 'close' } },
  { name: 'close after the reply', act: { ending: 'close' } },
  { name: 'reset', act: { ending: 'reset' } },
  { name: 'half a reply, then close', act: { sayRaw: '250-2.0.0 half of a\r\n25', ending: 'close' } },
  { name: 'half a reply, then silence', act: { sayRaw: '250-2.0.0 half of a\r\n25', ending: 'hang' } },
  { name: 'silence', act: { ending: 'hang' } },
  { name: 'late', act: { delayMs: LATE_MS } },
]

/** Refusals that fit the stage; 4yz and 5yz. */
const REFUSALS: Readonly<Partial<Record<Stage, readonly string[]>>> = {
  greeting: ['450 4.3.2 not now', '554 5.7.1 go away'],
  ehlo: ['451 4.3.0 not now', '550 5.7.1 no'],
  starttls: ['454 4.7.0 TLS is not available', '501 5.5.4 syntax'],
  auth: ['454 4.7.0 temporary authentication failure', '535 5.7.8 bad credentials'],
  mail: [
    '451 4.3.0 try again',
    '452 4.3.1 no room',
    '550 5.7.1 blocked for bad reputation',
    '553 5.1.8 sender refused',
  ],
  rcpt: ['450 4.2.1 mailbox busy', '452 4.2.2 mailbox full', '550 5.1.1 user unknown', '552 5.2.2 mailbox full'],
  data: ['451 4.3.0 try again', '554 5.5.1 no valid recipients'],
  dot: ['451 4.3.0 try again', '452 4.3.1 no room', '550 5.2.1 mailbox disabled', '554 5.0.0 transaction failed'],
  rset: ['451 4.3.0 try again', '500 5.5.2 what'],
  quit: ['451 4.3.0 try again'],
}

const STAGES: readonly Stage[] = [
  'greeting',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'body',
  'dot',
  'rset',
  'quit',
]

/** Breaks that leave open whether the message was kept. */
const VAGUE = ['close before the reply', 'reset', 'half a reply, then close', 'half a reply, then silence', 'silence']

/** Returns the whole matrix. After the dot a vague break comes twice: with the message kept and without. */
export function allSmtpFaults(): SmtpFault[] {
  return STAGES.flatMap((stage) => [
    ...ANYWHERE.flatMap(({ name, act }) =>
      stage === 'dot' && VAGUE.includes(name)
        ? [
            { stage, name: `${name}, kept`, act: { ...act, stores: true } },
            { stage, name: `${name}, not kept`, act: { ...act, stores: false } },
          ]
        : [{ stage, name, act }],
    ),
    ...(REFUSALS[stage] ?? []).map((say) => ({ stage, name: say, act: { say } })),
  ])
}
