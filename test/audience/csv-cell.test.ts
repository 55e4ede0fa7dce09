// Cells: no spreadsheet runs them, and they come back as they were.
import { parse } from 'csv-parse/sync'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLine, guardCell, unguardCell } from '../../src/audience/csv-cell.ts'

const trigger = /^[=+\-@\t\r\n＝＋－＠]/
const nasty = fc
  .tuple(
    fc.constantFrom('', "'", "''", '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', "'=", '"'),
    fc.string({ unit: 'grapheme' }),
  )
  .map((parts) => parts.join(''))

describe('a guarded cell', () => {
  it('T6 never starts a formula and is read back as it was, whatever the value', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        const cell = guardCell(value)
        expect(cell).not.toMatch(trigger)
        expect(unguardCell(cell)).toBe(value)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['=1+1', "'=1+1"],
    ["'=1", "''=1"],
    ["O'Brien", "O'Brien"],
    ["'t Hooft", "'t Hooft"],
    ['', ''],
  ])('turns %j into %j', (value, cell) => {
    expect(guardCell(value)).toBe(cell)
  })
})

describe('a CSV line', () => {
  it('T6 is one row of the same cells for any other CSV reader', () => {
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 2, maxLength: 5 }), (values) => {
        const rows = parse(csvLine(values), { record_delimiter: '\r\n' })
        expect(rows).toEqual([values.map(guardCell)])
      }),
      { numRuns: 1000 },
    )
  })
})
