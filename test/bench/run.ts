// The benchmark: measures every way of sending on this machine, prints tables or JSON, leaves nothing behind.
import process from 'node:process'
import { openLab, type Lab } from './lab.ts'
import { measure } from './measure.ts'
import { readOptions, USAGE, type Options } from './options.ts'
import { writeReadme } from './readme.ts'
import type { Results } from './results.ts'
import { postfixProgram } from './sink.ts'
import { report } from './tables.ts'
import { targetsOf, verdictOf } from './targets.ts'

await main()

async function main(): Promise<void> {
  const options = optionsOrUsage()
  if (options === null) return
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: it runs on Linux')
  postfixProgram('smtp-sink')
  postfixProgram('smtp-source')
  await using lab = await openLab(options)
  cleanUpOnSignal(lab)
  const results = await measure(lab)
  const text = report(results)
  process.stdout.write(options.json ? `${JSON.stringify(asDocument(results), null, 2)}\n` : `\n${text}`)
  if (options.write) await writeReadme(text)
  if ([...results.sends, ...results.scale, ...results.sendgrid].some((line) => line.problem !== null))
    process.exitCode = 1
}

function optionsOrUsage(): Options | null {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`)
    process.exitCode = 2
    return null
  }
}

function asDocument(results: Results): object {
  return { ...results, targets: targetsOf(results).map((target) => ({ ...target, verdict: verdictOf(target) })) }
}

/** Ctrl-C: everything of this run ends and goes, then the signal has its way. */
function cleanUpOnSignal(lab: Lab): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      lab.note('stopping: ending processes, removing files')
      void stop(lab, signal)
    })
  }
}

async function stop(lab: Lab, signal: NodeJS.Signals): Promise<void> {
  try {
    await lab[Symbol.asyncDispose]()
  } finally {
    process.kill(process.pid, signal)
  }
}
