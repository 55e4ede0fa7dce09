// Whatever is done to a report, it is read to an end, and what is kept of it names nobody (threats T20, T22).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readReports } from '../../src/feedback/read-reports.ts'
import { complaint, dsn, letter } from './mails.ts'

const SEEDS = [
  dsn({ diagnostic: '550 5.1.1 <ana.lee@example.net>: user unknown' }),
  complaint('abuse'),
  letter(
    'From: MAILER-DAEMON@example.net\nSubject: failure notice',
    '<ana.lee@example.net>:\n552 mailbox of ana.lee full',
  ),
]

/** A report with a few stretches cut out, doubled, or overwritten with other bytes. */
const damaged = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(1_500), fc.nat(80), fc.uint8Array({ maxLength: 40 })), { minLength: 1, maxLength: 6 }),
  )
  .map(([seed, changes]) =>
    changes.reduce(
      (bytes, [at, length, put]) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + length)]),
      seed,
    ),
  )

test('a damaged report has at least one reading, with a class exactly where something failed', async () => {
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      const { reports } = await readReports(bytes)
      expect(reports.length).toBeGreaterThan(0)
      for (const { kind, class: found, status, reply, sentence } of reports) {
        expect(found !== null).toBe(kind === 'bounce' || kind === 'delayed')
        expect(status ?? '5.0.0').toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/)
        expect(reply ?? '550').toMatch(/^[245]\d\d$/)
        expect(sentence).not.toContain('@')
        expect(sentence).not.toMatch(/\p{Cc}/u)
        expect(sentence.length).toBeLessThan(500)
      }
    }),
    { numRuns: 500 },
  )
})
