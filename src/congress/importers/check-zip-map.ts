// What must be true of a table of ZIPs before it may say who represents whom.
import { JURISDICTIONS } from '../jurisdiction.ts'
import { HOUSE_SEATS } from '../seat.ts'
import type { Seat } from '../seat.ts'

export interface MapFlaw {
  /** The name under which an owner may accept it. */
  code: 'district_gap' | 'jurisdictions' | 'house_seats' | 'two_state_zips' | 'border_zips' | 'zip_count'
  sentence: string
}

interface MapRow {
  zip: string
  seat: Seat
}

const TWO_STATES = { least: 80, most: 200 }
const COUNT_TOLERANCE = 0.05

/** Returns everything that is wrong with a map; empty for a good one. `previousZips` is the size of the map before, or null. */
export function findMapFlaws(rows: readonly MapRow[], previousZips: number | null): MapFlaw[] {
  const byZip = Map.groupBy(rows, (row) => row.zip)
  return [...districtFlaws(rows), ...borderFlaws(byZip), ...countFlaws(byZip.size, previousZips)]
}

function districtFlaws(rows: readonly MapRow[]): MapFlaw[] {
  const flaws: MapFlaw[] = []
  const byState = Map.groupBy(rows, (row) => row.seat.usps)
  for (const [usps, ofState] of byState) {
    const districts = [...new Set(ofState.map((row) => row.seat.district ?? 0))].toSorted((a, b) => a - b)
    const isWhole =
      districts.every((district, index) => district === index + 1) || (districts.length === 1 && districts[0] === 0)
    if (!isWhole)
      flaws.push({
        code: 'district_gap',
        sentence: `${usps} has the districts ${districts.join(', ')}; expected 0 alone, or 1 to n without a gap`,
      })
  }
  const missing = JURISDICTIONS.filter(({ usps }) => !byState.has(usps)).map(({ usps }) => usps)
  if (missing.length > 0)
    flaws.push({ code: 'jurisdictions', sentence: `no ZIP of ${missing.join(', ')}: a map has all 56 jurisdictions` })
  const seats = new Set(rows.map((row) => row.seat.id)).size
  if (seats !== HOUSE_SEATS)
    flaws.push({ code: 'house_seats', sentence: `${seats} House seats; there are ${HOUSE_SEATS}` })
  return flaws
}

/** A table that was keyed without the state loses one side of a border ZIP whose district has the same number in both. */
function borderFlaws(byZip: ReadonlyMap<string, readonly MapRow[]>): MapFlaw[] {
  const border = [...byZip.values()].filter((rows) => new Set(rows.map((row) => row.seat.usps)).size > 1)
  const sameNumber = border.filter((rows) => new Set(rows.map((row) => row.seat.district)).size < rows.length)
  const flaws: MapFlaw[] = []
  if (border.length < TWO_STATES.least || border.length > TWO_STATES.most) {
    flaws.push({
      code: 'two_state_zips',
      sentence: `${border.length} ZIPs lie in two or more states; expected ${TWO_STATES.least} to ${TWO_STATES.most}`,
    })
  }
  if (sameNumber.length === 0) {
    flaws.push({
      code: 'border_zips',
      sentence: 'no border ZIP has one district number in both states: rows were probably lost',
    })
  }
  return flaws
}

function countFlaws(zips: number, previousZips: number | null): MapFlaw[] {
  if (previousZips === null || Math.abs(zips - previousZips) <= previousZips * COUNT_TOLERANCE) return []
  return [
    {
      code: 'zip_count',
      sentence: `${zips} ZIPs; the map before has ${previousZips}, and more than 5 % may not come or go`,
    },
  ]
}
