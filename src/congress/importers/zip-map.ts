// ZIP → House seat tables: header `state_fips,state_abbr,zcta,cd`, one row per state, ZIP and district.
import { RollcallError } from '../../core/errors.ts'
import { jurisdiction } from '../jurisdiction.ts'
import { houseSeat } from '../seat.ts'
import type { Seat } from '../seat.ts'
import { readCsv } from './csv.ts'
import type { CsvRow } from './csv.ts'
import type { ParsedZipMap } from './parsed.ts'
import { refuse } from './refuse.ts'

export const ZIP_MAP_HEADER = ['state_fips', 'state_abbr', 'zcta', 'cd'] as const

/** Returns the rows of a ZIP map, every column read as text; refuses the first wrong or repeated row, naming its line. */
export function readZipMap(text: string): ParsedZipMap {
  const seen = new Set<string>()
  const rows = readCsv(text, ZIP_MAP_HEADER).map((row) => {
    const read = readRow(row)
    const key = `${read.zip} ${read.seat.id}`
    if (seen.has(key)) refuse(`line ${row.line}: ZIP ${read.zip} and ${read.seat.id} stand twice`)
    seen.add(key)
    return read
  })
  if (rows.length === 0) refuse('the ZIP map has no rows')
  return { kind: 'zip_map', format: 'zip-map', rows }
}

function readRow({ line, values }: CsvRow): { zip: string; seat: Seat } {
  const [fips = '', usps = '', zip = '', district = ''] = values
  const state = jurisdiction(usps)
  if (!state) refuse(`line ${line}: "${usps}" is no state or territory with a seat in Congress`)
  if (state.fips !== fips) refuse(`line ${line}: ${usps} has the FIPS code ${state.fips}, not "${fips}"`)
  if (!/^\d{5}$/.test(zip)) {
    refuse(
      `line ${line}: zip "${zip}" is not five digits`,
      'a spreadsheet may have cut the leading zero: keep the column as text',
    )
  }
  if (!/^(0|[1-9]\d?)$/.test(district))
    refuse(`line ${line}: district "${district}" is not 0 or an unpadded number up to 99`)
  return { zip, seat: seatAt(line, usps, Number(district)) }
}

function seatAt(line: number, usps: string, district: number): Seat {
  try {
    return houseSeat(usps, district)
  } catch (error) {
    if (error instanceof RollcallError) refuse(`line ${line}: ${error.message}`)
    throw error
  }
}
