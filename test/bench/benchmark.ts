// The process that measures: prints tables or JSON, and leaves nothing behind however it ends.
import process from 'node:process'
import { openLab } from './lab.ts'
import { measure } from './measure.ts'
import { readOptions, USAGE, type Options } from './options.ts'
import { writeReadme } from './readme.ts'
import type { Results } from './results.ts'
import { postfixProgram } from './sink.ts'
import { problemsOf, report } from './tables.ts'
import { targetsOf, verdictOf } from './targets.ts'

await main()

async function main(): Promise<void> {
  const options = optionsOrUsage()
  if (options === null) return
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: it runs on Linux')
  postfixProgram('smtp-sink')
  postfixProgram('smtp-source')
  const stack = new AsyncDisposableStack()
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= stack.disposeAsync())
  cleanUpWhenStopped(close)
  try {
    await benchmark(options, stack)
  } catch (error) {
    // After Ctrl-C everything fails, and that is no news.
    if (closing === undefined) throw error
  } finally {
    await close()
  }
}

async function benchmark(options: Options, stack: AsyncDisposableStack): Promise<void> {
  const results = await measure(await openLab(options, stack))
  const text = report(results)
  process.stdout.write(options.json ? `${JSON.stringify(asDocument(results), null, 2)}\n` : `\n${text}`)
  if (options.write) await writeReadme(text)
  if (problemsOf(results).length > 0) process.exitCode = 1
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

/** Ctrl-C, or the end of the process that started us: everything of this run ends and goes. */
function cleanUpWhenStopped(close: () => Promise<void>): void {
  const stop = (signal: NodeJS.Signals): void => {
    process.stderr.write('stopping: ending processes, removing files\n')
    void closeAndLeave(close, signal)
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  process.once('disconnect', () => stop('SIGTERM'))
  // Waiting to hear of it must not keep us from ending.
  process.channel?.unref()
}

async function closeAndLeave(close: () => Promise<void>, signal: NodeJS.Signals): Promise<void> {
  try {
    await close()
  } finally {
    process.kill(process.pid, signal)
  }
}
