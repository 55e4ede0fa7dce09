// The options of the fault program.
import { parseArgs } from 'node:util'
import { RollcallError } from '../../src/core/errors.ts'

export interface Options {
  seed: number
  rounds: number
  /** Only the scenario of this name, or those whose name holds it. */
  only: string | null
  /** Deliveries of the long scenario. */
  messages: number
  json: boolean
  /** Whether the database waits for the disk. */
  fsync: boolean
  help: boolean
}

export const USAGE = `npm run faults -- [--seed N] [--rounds N] [--only NAME] [--messages N] [--fsync] [--json]

  --seed N      repeats what another run with this seed has drawn; else a new one, which is printed
  --rounds N    how many rounds; 20 unless told: every scenario once
  --only NAME   the scenario of this name, or those whose name holds it
  --messages N  deliveries of "many kills"; 100000 unless told
  --fsync       the database waits for the disk at every commit, as in production
  --json        one object with every round instead of the table
`

/** Returns the options; throws RollcallError `usage` for what is not understood. `newSeed` is used where none is given. */
export function readOptions(args: readonly string[], newSeed: number): Options {
  const { values } = parsed(args)
  return {
    seed: whole('seed', values.seed, newSeed, 0),
    rounds: whole('rounds', values.rounds, 20, 1),
    only: values.only ?? null,
    messages: whole('messages', values.messages, 100_000, 500),
    json: values.json ?? false,
    fsync: values.fsync ?? false,
    help: values.help ?? false,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        rounds: { type: 'string' },
        only: { type: 'string' },
        messages: { type: 'string' },
        json: { type: 'boolean' },
        fsync: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
  } catch (cause) {
    throw new RollcallError('usage', cause instanceof Error ? cause.message : String(cause), {
      hint: 'npm run faults -- --help',
      kind: 'usage',
      cause,
    })
  }
}

function whole(name: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new RollcallError('usage', `--${name} is ${text}, and it must be a whole number from ${least} up`, {
    hint: 'npm run faults -- --help',
    kind: 'usage',
  })
}
