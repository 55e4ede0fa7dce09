// The flags of the benchmark, and how much is sent for them.
import { parseArgs } from 'node:util'

export interface Options {
  /** Only lines whose name starts with one of these; empty: all. */
  only: string[]
  /** Messages of each whole-product line and of the limit. */
  messages: number
  /** Messages of the slow ways of sending. */
  naiveMessages: number
  usualMessages: number
  sendgridMessages: number
  /** Messages of the loops that split the CPU time. */
  loopMessages: number
  /** Audiences of the scaling lines, smallest first. */
  scale: number[]
  importRows: number
  /** Connections to the sink, for each sending process. */
  connections: number
  /** How long people unsubscribe, 200 of them a second. */
  unsubscribeSeconds: number
  /** Scaling lines are cancelled after so many messages; null: they send all. */
  sendAtMost: number | null
  /** Settings of the product that differ from what the benchmark gives it, by name. */
  settings: Record<string, string>
  json: boolean
  write: boolean
}

export const USAGE = `npm run bench -- [flags]
  --quick                 small counts: a trial, not a measurement
  --only NAME,...         only lines whose name starts so: limit, naive, usual, rollcall, rollcall/redis/1, split, profile, scale, sendgrid, unsubscribe, import
  --messages N            messages of each whole line (200000)
  --scale N,N,...         audiences of the scaling lines (10000,100000,1000000)
  --import-rows N         rows of the imported CSV (1000000)
  --connections N         connections to the sink for each sending process (100)
  --send-at-most N        cancel the scaling campaigns after N messages; their lines are labelled so
  --set NAME=VALUE        a setting of the product for every process, such as ROLLCALL_CANARY_PERCENT=0; repeatable, shown with the results
  --json                  one JSON document instead of tables
  --write                 put the tables into test/bench/README.md`

/** Returns the options of a command line. Throws an Error that says which flag is wrong. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      messages: { type: 'string' },
      scale: { type: 'string' },
      'import-rows': { type: 'string' },
      connections: { type: 'string' },
      'send-at-most': { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  })
  const { quick } = values
  const messages = count('messages', values.messages, quick ? 3_000 : 200_000)
  return {
    only: list(values.only),
    messages,
    naiveMessages: Math.min(messages, quick ? 60 : 600),
    usualMessages: Math.min(messages, quick ? 1_000 : 10_000),
    sendgridMessages: Math.min(messages, quick ? 2_000 : 20_000),
    loopMessages: Math.min(messages, quick ? 1_000 : 5_000),
    scale: counts(values.scale, quick ? [1_000, 4_000] : [10_000, 100_000, 1_000_000]),
    importRows: count('import-rows', values['import-rows'], quick ? 20_000 : 1_000_000),
    connections: count('connections', values.connections, 100),
    unsubscribeSeconds: quick ? 3 : 60,
    sendAtMost: values['send-at-most'] === undefined ? null : count('send-at-most', values['send-at-most'], 0),
    settings: settings(values.set),
    json: values.json,
    write: values.write,
  }
}

/** Returns whether the line of that name is wanted: `rollcall` wants `rollcall/redis/1/plain`, and the other way round. */
export function wants({ only }: Pick<Options, 'only'>, name: string): boolean {
  return only.length === 0 || only.some((each) => name.startsWith(each) || each.startsWith(`${name}/`))
}

function settings(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(pair) ?? []
      if (name === undefined || value === undefined) throw new Error(`--set ${pair} is no setting; write NAME=VALUE`)
      return [name, value]
    }),
  )
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
}

function counts(text: string | undefined, fallback: number[]): number[] {
  const given = list(text).map((part) => count('scale', part, 0))
  return given.length === 0 ? fallback : given.toSorted((a, b) => a - b)
}

function count(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const number = Number(text.replaceAll('_', ''))
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new Error(`--${name} ${text} is no whole number above 0`)
}
