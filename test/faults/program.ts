// The fault program: plays rounds against real workers, databases and servers, and ends with 1 when any promise broke.
import { randomInt } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { messageOf, RollcallError } from '../../src/core/errors.ts'
import { noRedis } from '../support/redis.ts'
import { startCluster } from './cluster.ts'
import { deal, SCENARIOS } from './deck.ts'
import { createDraw } from './draw.ts'
import { readOptions, USAGE, type Options } from './options.ts'
import { play } from './play.ts'
import type { Scenario } from './scenario.ts'
import { lineOf, summary, titles, type Line } from './table.ts'

const calledOff = new AbortController()
setMaxListeners(0, calledOff.signal)
// Not once: where no listener is left tsx ends the process before it has tidied up.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => calledOff.abort())
process.once('disconnect', () => calledOff.abort())

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, randomInt(1_000_000))
  if (options.help) {
    say(USAGE)
    return 0
  }
  const scenarios = chosen(options)
  const tell = options.json ? () => undefined : say
  tell(`seed ${options.seed}; repeat with: npm run faults -- --seed ${options.seed} --rounds ${options.rounds}`)
  tell(titles())
  const lines = await playAll(scenarios, options, (line) => tell(lineOf(line)))
  if (options.json) say(JSON.stringify({ seed: options.seed, rounds: lines }, null, 2))
  else say(summary(lines))
  return lines.some((line) => line.violations.length > 0) ? 1 : 0
}

function chosen({ only }: Options): Scenario[] {
  const exact = SCENARIOS.filter((scenario) => scenario.name === only)
  const named = exact.length > 0 ? exact : SCENARIOS.filter((scenario) => only === null || scenario.name.includes(only))
  if (named.length === 0) {
    throw new RollcallError('usage', `no scenario has "${only}" in its name`, {
      hint: `there are: ${SCENARIOS.map((scenario) => scenario.name).join(', ')}`,
      kind: 'usage',
    })
  }
  if (noRedis === null) return named
  process.stderr.write(`left out, because ${noRedis}: what needs Redis\n`)
  return named.filter((scenario) => scenario.demandsRedis !== true)
}

async function playAll(
  scenarios: readonly Scenario[],
  { seed, rounds, messages, fsync }: Options,
  each: (line: Line) => void,
): Promise<Line[]> {
  await using cluster = await startCluster(fsync)
  const lines: Line[] = []
  const times = new Map<string, number>()
  for (const scenario of deal(scenarios, rounds, createDraw(String(seed)))) {
    // The details depend on seed, scenario and how often it came before: with --only they are drawn as in the whole run.
    const time = (times.get(scenario.name) ?? 0) + 1
    times.set(scenario.name, time)
    const size = { messages, hasRedis: noRedis === null }
    const played = await play(cluster, scenario, `${seed}/${scenario.name}/${time}`, size, calledOff.signal)
    const line = { round: lines.length + 1, ...played }
    lines.push(line)
    each(line)
  }
  return lines
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(
    calledOff.signal.aborted
      ? 'called off; everything that was started is gone\n'
      : `${messageOf(error)}${error instanceof RollcallError && error.hint ? `\n${error.hint}` : ''}\n`,
  )
  process.exitCode = calledOff.signal.aborted ? 130 : 2
}
if (process.connected) process.disconnect()
