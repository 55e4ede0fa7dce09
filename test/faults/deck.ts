// All scenarios, and how they are dealt to rounds.
import type { Draw } from './draw.ts'
import type { Scenario } from './scenario.ts'
import { poison, twoCampaigns } from './scenarios/crowd.ts'
import { killAtTheLedger, killOnTheWire, manyKills, manyKillsResend } from './scenarios/kill.ts'
import { connectionsCut, postgresRestarted, redisGone } from './scenarios/outage.ts'
import { referenceCampaign } from './scenarios/reference.ts'
import { loginRevoked, tlsRefused } from './scenarios/refusal.ts'
import { sendGrid } from './scenarios/sendgrid.ts'
import { connectionCap, everyFault, greylisting, slowReply } from './scenarios/smtp.ts'
import { steering } from './scenarios/steering.ts'
import { asked, frozen } from './scenarios/stop.ts'

export const SCENARIOS: readonly Scenario[] = [
  manyKills,
  manyKillsResend,
  killOnTheWire,
  killAtTheLedger,
  frozen,
  asked,
  redisGone,
  postgresRestarted(),
  connectionsCut,
  everyFault,
  connectionCap,
  greylisting,
  slowReply,
  tlsRefused,
  loginRevoked,
  sendGrid,
  steering,
  twoCampaigns,
  poison,
  referenceCampaign,
]

/** Returns the scenarios of `rounds` rounds: each once in a drawn order before any comes twice. */
export function deal(scenarios: readonly Scenario[], rounds: number, draw: Draw): Scenario[] {
  const decks = Array.from({ length: Math.ceil(rounds / scenarios.length) }, () => draw.shuffle(scenarios))
  return decks.flat().slice(0, rounds)
}
