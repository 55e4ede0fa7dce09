// How often reports are read as the people who labelled them read them: samples beside the repository, where they are there.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCorpus, type Row } from './corpus.ts'

const CORPUS = path.resolve(import.meta.dirname, '../../../shared/data/bounces')
const present = existsSync(CORPUS)

// Labels and rules differ on purpose in about ten rows: we call a disabled mailbox dead (RFC 3463 X.2.1), we read "User
// unknown" under 5.2.1 and 5.7.1 by its words, and a bounce that a person forwards is a letter.

const isReport = ({ label }: Row): boolean =>
  !['delivered', 'vacation', 'reply'].includes(label.reason ?? '') && label.feedbackType !== 'auth-failure'
const saysReport = ({ report }: Row): boolean => ['bounce', 'delayed', 'complaint'].includes(report?.kind ?? '')
const saysHard = ({ report }: Row): boolean => report?.kind === 'bounce' && report.class === 'hard'

/** The class of each reason in the labels, as the samples' own description has it. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  hard: ['userunknown', 'hostunknown', 'hasmoved', 'notaccept'],
  soft: ['mailboxfull', 'suspend', 'filtered', 'expired', 'networkerror', 'systemerror', 'toomanyconn', 'mailererror'],
  block: ['blocked', 'rejected', 'policyviolation', 'authfailure', 'securityerror', 'requireptr', 'badreputation'],
  content: ['spamdetected', 'mesgtoobig', 'exceedlimit', 'virusdetected', 'notcompliantrfc'],
  config: ['norelaying'],
  unknown: ['onhold'],
}

function share(rows: readonly Row[], agrees: (row: Row) => boolean): number {
  return (100 * rows.filter(agrees).length) / Math.max(rows.length, 1)
}

function table(folder: string, rows: readonly Row[]): Record<string, string | number> {
  const labelled = rows.filter(({ label }) => label.hardbounce !== null)
  const classed = rows.filter(({ label }) =>
    Object.values(CLASSES).some((reasons) => reasons.includes(label.reason ?? '')),
  )
  const coded = rows.filter(({ label }) => label.status !== null && !/\.0\.9\d\d$/.test(label.status))
  return {
    folder,
    rows: rows.length,
    'report or not': share(rows, (row) => isReport(row) === saysReport(row)).toFixed(1),
    'hard or not': share(labelled, (row) => row.label.hardbounce === saysHard(row)).toFixed(1),
    'false hard': labelled.filter((row) => row.label.hardbounce === false && saysHard(row)).length,
    'false soft': labelled.filter((row) => row.label.hardbounce === true && !saysHard(row)).length,
    class: share(
      classed,
      ({ label, report }) => CLASSES[report?.class ?? '']?.includes(label.reason ?? '') === true,
    ).toFixed(1),
    status: share(coded, (row) => row.label.status === row.report?.status).toFixed(1),
    reply: share(rows, (row) => row.label.reply === (row.report?.reply ?? null)).toFixed(1),
  }
}

describe.skipIf(!present)(`the samples${present ? '' : ' (skipped: they are not beside this repository)'}`, () => {
  test('are read as labelled: 97 % on report or not, 92 % on hard or not', async () => {
    const rows = await readCorpus(path.join(CORPUS, 'sisimai'))
    const figures = table('sisimai', rows)
    process.stdout.write(`${JSON.stringify(figures)}\n`)
    expect(rows.length).toBeGreaterThan(200)
    expect(Number(figures['report or not'])).toBeGreaterThanOrEqual(97)
    expect(Number(figures['hard or not'])).toBeGreaterThanOrEqual(92)
    // A refused sender is a block in the labels and our own set-up in mail-rules 12, so this figure stays lower.
    expect(Number(figures['class'])).toBeGreaterThanOrEqual(80)
  })

  test('of a mail server’s own test set give action, status and reply', async () => {
    const rows = await readCorpus(path.join(CORPUS, 'kumomta'))
    const figures = table('kumomta', rows)
    process.stdout.write(`${JSON.stringify(figures)}\n`)
    expect(Number(figures['report or not'])).toBe(100)
    expect(rows.filter((row) => row.label.reason === 'feedback').every((row) => row.report?.kind === 'complaint')).toBe(
      true,
    )
  })

  test('that are no bounces are neither hard bounces nor complaints', async () => {
    const rows = await readCorpus(path.join(CORPUS, 'not-bounces'))
    process.stdout.write(`${JSON.stringify(table('not-bounces', rows))}\n`)
    expect(new Set(rows.map(({ report }) => report?.kind))).toEqual(new Set(['auto_reply', 'other']))
    expect(rows.some(saysHard)).toBe(false)
  })
})
