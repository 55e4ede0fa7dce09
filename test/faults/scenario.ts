// What a scenario is: what it needs, what it does to the send, and which promises still hold after it.
import type { Draw } from './draw.ts'
import type { FarSide, Rules } from './reconcile.ts'
import type { Round, RoundNeeds } from './round.ts'

export interface Scenario {
  name: string
  /** Cannot be played without a Redis. */
  demandsRedis?: true
  /** Drawn before the round opens. */
  needs?: (draw: Draw) => RoundNeeds
  /** Sends and breaks things; resolves when its campaigns have ended. Throws when they do not. */
  run(round: Round, size: Size): Promise<Ended>
}

export interface Size {
  /** Deliveries of the one long scenario. */
  messages: number
  /** Without it every queue is in PostgreSQL. */
  hasRedis: boolean
}

export interface Ended {
  campaigns: string[]
  /** What was drawn, in a few words. */
  detail: string
  /** Doubts by an expired lease that are no kill's: none, unless told. */
  mostExpired?: number
  /** Deliveries that a stopped worker had claimed and not settled; those of killed workers are known. */
  leftOpen?: readonly string[]
  mayFail?: Rules['mayFail']
  /** The sink, unless told. */
  farSide?: FarSide
  /** Broken promises that only this scenario can see. */
  violations?: string[]
}
