// Terms with the day their holder was observed to have left, one row a term.
import { RollcallError } from '../../core/errors.ts'
import { isDay } from '../day.ts'
import { houseSeat, senateSeat } from '../seat.ts'
import type { Seat } from '../seat.ts'
import { readCsv } from './csv.ts'
import { FIRST_DAY } from './legislators.ts'
import type { ParsedLegislator, ParsedLegislators, ParsedTerm } from './parsed.ts'
import { readCount, refuse } from './refuse.ts'

export const TERMS_HEADER =
  'bioguide,lis,govtrack,icpsr,first,last,suffix,official_full,type,state,district,class,party,caucus,start,end_scheduled,left_observed_on,how'.split(
    ',',
  )

type Row = Record<string, string>

/** Returns everyone in the table. `left_observed_on` is an upper bound of the day a person left; the earlier end wins. */
export function readTermsCsv(text: string): ParsedLegislators {
  const people = new Map<string, ParsedLegislator>()
  for (const { line, values } of readCsv(text, TERMS_HEADER)) {
    const row: Row = Object.fromEntries(TERMS_HEADER.map((name, index) => [name, values[index] ?? '']))
    const person = people.get(row['bioguide'] ?? '') ?? readPerson(line, row)
    people.set(person.bioguide, person)
    if ((row['end_scheduled'] ?? '') > FIRST_DAY) person.terms.push(readTerm(line, row))
  }
  return { kind: 'legislators', format: 'terms-csv', legislators: [...people.values()] }
}

function readPerson(line: number, row: Row): ParsedLegislator {
  const { bioguide = '', first = '', last = '' } = row
  if (!/^[A-Z]\d{6}$/.test(bioguide)) refuse(`line ${line}: "${bioguide}" is no bioguide id like W000779`)
  if (first === '' || last === '') refuse(`line ${line}: ${bioguide} has no first or last name`)
  return {
    bioguide,
    previousBioguides: [],
    lis: row['lis'] || null,
    govtrack: row['govtrack'] || null,
    icpsr: row['icpsr'] || null,
    firstName: first,
    lastName: last,
    nickname: null,
    suffix: row['suffix'] || null,
    officialFull: row['official_full'] || null,
    terms: [],
  }
}

function readTerm(line: number, row: Row): ParsedTerm {
  const { start = '', end_scheduled: scheduled = '', left_observed_on: left = '', party = '' } = row
  for (const day of [start, scheduled, left].filter(Boolean))
    if (!isDay(day)) refuse(`line ${line}: "${day}" is no day`)
  if (party === '') refuse(`line ${line}: no party`)
  const observed = left !== '' && left < scheduled
  return {
    seat: readSeat(line, row),
    start,
    end: observed ? left : scheduled,
    endBasis: observed ? 'observed' : 'scheduled',
    how: row['how'] || null,
    parties: [{ from: start, party, caucus: row['caucus'] || null }],
  }
}

function readSeat(line: number, row: Row): Seat {
  const { type = '', state = '', district = '', class: seatClass = '' } = row
  try {
    if (type === 'rep') return houseSeat(state, readCount(district, `line ${line}: district`))
    if (type === 'sen') return senateSeat(state, readCount(seatClass, `line ${line}: class`))
  } catch (error) {
    if (error instanceof RollcallError && error.code === 'bad_seat') refuse(`line ${line}: ${error.message}`)
    throw error
  }
  return refuse(`line ${line}: type "${type}" is neither rep nor sen`)
}
