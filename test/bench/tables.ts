// The results as Markdown tables, for the terminal and the README alike.
import type { Machine, Results, SendLine, SplitLine } from './results.ts'
import { rateOf, targetsOf, verdictOf } from './targets.ts'

/** Returns everything a run found out as Markdown. */
export function report(results: Results): string {
  const sections = [
    machineText(results.machine),
    ...section('Sending', sendTable(results), sendNotes(results)),
    ...section('Where the CPU time of a message goes', splitTable(results), splitNotes(results.split)),
    ...section('Profile of one worker', profileTable(results), profileNotes(results)),
    ...section('From ten thousand to a million', scaleTable(results), []),
    ...section('SendGrid', sendGridTable(results), []),
    ...section('Unsubscribing during a campaign', unsubscribeTable(results), []),
    ...section('Import', importTable(results), []),
    ...section('Targets', targetTable(results), []),
    ...problems(results),
  ]
  return `${sections.join('\n\n')}\n`
}

/** Returns a Markdown table with aligned columns: the first to the left, all others to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, column) =>
    Math.max(3, ...[cell, ...rows.map((row) => row[column] ?? '')].map((text) => text.length)),
  )
  const line = (cells: readonly string[]): string => {
    const padded = widths.map((size, column) => pad(cells[column] ?? '', size, column === 0))
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((size, column) => (column === 0 ? '-'.repeat(size) : `${'-'.repeat(size - 1)}:`))
  return [line(header), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')
}

/** Returns a number with as many digits as it deserves: 12,345, 123, 12.3, 0.123; an en dash for nothing. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function megabytes(bytes: number | null | undefined): string {
  return figure(bytes == null ? null : bytes / 1e6)
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function pad(text: string, size: number, isLeft: boolean): string {
  const space = ' '.repeat(Math.max(0, size - text.length))
  return isLeft ? text + space : space + text
}

function section(title: string, text: string | null, notes: readonly string[]): string[] {
  return text === null ? [] : [`### ${title}`, text, ...notes]
}

function machineText(machine: Machine): string {
  const settings = Object.entries(machine.postgresSettings).map(([name, value]) => `${name}=${value}`)
  return [
    `Taken ${machine.takenAt} on ${machine.cores} × ${machine.cpu}, ${figure(machine.memoryGigabytes)} GB, ${machine.system};`,
    `Node.js ${machine.node}, PostgreSQL ${machine.postgres} (${settings.join(', ')}),`,
    `${machine.redis === null ? 'no Redis' : `Redis ${machine.redis}`}, Postfix ${machine.postfix}.`,
  ].join('\n')
}

function sendTable(results: Results): string | null {
  if (results.sends.length === 0) return null
  const bases = ['limit', 'usual', 'naive'].map((name) => rateOf(results, name))
  const header = [
    'way',
    'messages',
    'per s',
    'wall s',
    'µs sender',
    'steady',
    'µs Postgres',
    'µs Redis',
    'µs sink',
    'peak MB',
  ]
  const rows = results.sends.map((line) => [
    line.name,
    whole(line.messages),
    whole(line.perSecond),
    figure(line.wallSeconds),
    ...cpuCells(line),
    ...bases.map((base) => (base === null ? '–' : `${figure(line.perSecond / base)} ×`)),
  ])
  return table([...header, 'to limit', 'to usual', 'to naive'], rows)
}

function cpuCells({ cpu, peakBytes }: SendLine): string[] {
  return [
    figure(cpu.sender),
    figure(cpu.steady),
    figure(cpu.postgres),
    figure(cpu.redis),
    figure(cpu.sink),
    megabytes(peakBytes),
  ]
}

function sendNotes({ connections, meanBytes, sends, settings }: Results): string[] {
  const changed = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const sizes = sends.flatMap((line) =>
    line.meanBytes === null || line.name === 'limit' ? [] : [`${line.name} ${whole(line.meanBytes)}`],
  )
  return [
    `Mean size of the real messages: ${figure(meanBytes)} bytes${sizes.length > 0 ? ` (${sizes.join(', ')})` : ''}. ` +
      `Connections to the sink for each sending process: ${connections}. ` +
      'µs is CPU time a message of all threads: Node for the workers together (the template included; steady: after the first fifth), ' +
      'PostgreSQL with the launch. Peak is the highest VmHWM of one sending process.' +
      (changed.length > 0 ? ` Settings given by hand: ${changed.join(', ')}.` : ''),
  ]
}

function splitTable({ split, sends }: Results): string | null {
  if (split === null) return null
  const parts = split.render + split.mime + split.smtp + split.database
  const workers = sends.filter((line) => /^rollcall\/.*\/1\/plain$/.test(line.name))
  return table(
    ['µs of Node', 'a message'],
    [
      ['render', figure(split.render)],
      ['MIME and hash', figure(split.mime)],
      ['SMTP', figure(split.smtp)],
      ['database and send loop', figure(split.database)],
      ['together', figure(parts)],
      ...workers.map((line) => [`${line.name}, measured whole, steady`, figure(line.cpu.steady)]),
      ['DKIM, when signing', figure(split.dkim)],
      ['(PostgreSQL, for the same claims and settles)', figure(split.postgres)],
    ],
  )
}

function splitNotes(split: SplitLine | null): string[] {
  return [
    `Separate loops in one process over the same ${whole(split?.messages ?? 0)} recipients, warmed up, each by process.cpuUsage(): ` +
      'render is the composer alone; MIME what building and hashing the bytes adds; SMTP the transport with ready bytes; ' +
      'DKIM what signing adds to that; database the send loop with ready messages and a receiver that says yes at once. ' +
      'The workers measured whole also serve the queue and collect the garbage of all of it.',
  ]
}

function profileTable({ profile }: Results): string | null {
  if (profile === null) return null
  return table(
    ['main thread, while busy', 'share'],
    profile.shares.map(({ what, share }) => [what, `${figure(share * 100)} %`]),
  )
}

function profileNotes({ profile }: Results): string[] {
  return [
    `V8's sampler over ${whole(profile?.messages ?? 0)} messages, start included (${whole(profile?.perSecond ?? 0)} a second with the sampler running). ` +
      'What Node does on behalf of a file counts for that file.',
  ]
}

function scaleTable({ scale }: Results): string | null {
  if (scale.length === 0) return null
  const header = [
    'recipients',
    'sent',
    'launch s',
    'per s',
    'wall s',
    'µs sender',
    'steady',
    'µs Postgres',
    'MB ready',
    'MB at a fifth',
    'peak MB',
    'remark',
  ]
  const rows = scale.map((line) => [
    whole(line.recipients),
    whole(line.messages),
    figure(line.launchSeconds),
    whole(line.perSecond),
    figure(line.wallSeconds),
    figure(line.cpu.sender),
    figure(line.cpu.steady),
    figure(line.cpu.postgres),
    megabytes(line.earlyPeaks?.ready),
    megabytes(line.earlyPeaks?.fifth),
    megabytes(line.peakBytes),
    line.remark ?? '',
  ])
  return table(header, rows)
}

function sendGridTable({ sendgrid }: Results): string | null {
  if (sendgrid.length === 0) return null
  const rows = sendgrid.map((line) => [
    String(line.batch),
    whole(line.messages),
    figure(line.callsPerThousand),
    whole(line.perSecond),
    figure(line.cpu.sender),
    figure(line.cpu.postgres),
    figure(line.cpu.sink),
  ])
  return table(['batch', 'messages', 'calls per 1,000', 'per s', 'µs sender', 'µs Postgres', 'µs stand-in'], rows)
}

function unsubscribeTable({ unsubscribes: line }: Results): string | null {
  if (line === null) return null
  const header = [
    'per s',
    'wishes',
    'median ms',
    'p99 ms',
    'longest ms',
    'p99 ms in the log',
    'sent meanwhile',
    'in the air',
  ]
  const { perSecond, wishes, p50Ms, p99Ms, maxMs, ledgerP99Ms, sentMeanwhile, inTheAir } = line
  return table(header, [
    [
      whole(perSecond),
      whole(wishes),
      ...[p50Ms, p99Ms, maxMs, ledgerP99Ms].map(figure),
      whole(sentMeanwhile),
      whole(inTheAir),
    ],
  ])
}

function importTable({ imported, scale }: Results): string | null {
  const lines = [...scale.map((line) => line.imported), ...(imported === null ? [] : [imported])]
  const bySize = new Map(lines.map((line) => [line.rows, line]))
  if (bySize.size === 0) return null
  const rows = [...bySize.values()].map((line) => [
    whole(line.rows),
    figure(line.seconds),
    whole(line.rows / line.seconds),
    figure(line.nodeMicros),
    figure(line.postgresMicros),
    megabytes(line.peakBytes),
  ])
  return table(['rows', 's', 'rows per s', 'µs Node', 'µs Postgres', 'peak MB'], rows)
}

function targetTable(results: Results): string {
  const rows = targetsOf(results).map((target) => [
    target.what,
    `${target.better === 'more' ? '≥' : '≤'} ${target.wanted} ${target.unit}`,
    target.measured === null ? '–' : `${figure(target.measured)} ${target.unit}`,
    verdictOf(target),
    target.from,
  ])
  return table(['target', 'wanted', 'measured', 'verdict', 'line'], rows)
}

/** Returns the lines that are no results: their accounts differ, or they ended in an error. */
export function problemsOf({ sends, scale, sendgrid, unsubscribes, failures }: Results): string[] {
  const lines = [...sends, ...scale, ...sendgrid]
  const wishes = unsubscribes?.problem ?? null
  return [
    ...lines.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`])),
    ...(wishes === null ? [] : [wishes]),
    ...failures,
  ]
}

function problems(results: Results): string[] {
  const wrong = problemsOf(results)
  if (wrong.length > 0) return [`**No results:** ${wrong.join('; ')}`]
  return ['In every line sink, sender or ledger, and audience agree.']
}
