// The header row of a list: which column holds which field, by the names people give them or by --map.
import { RollcallError } from '../core/errors.ts'

/** The names a field is recognised by, as `plainName` writes them. */
export type ColumnNames<Field extends string> = Readonly<Record<Field, readonly string[]>>

/** For each field the index of its column, or null; and the columns that nothing reads. */
export interface HeaderMapping<Field extends string> {
  columns: Record<Field, number | null>
  ignored: string[]
}

/** How the columns of a subscriber list are commonly called. */
export const SUBSCRIBER_COLUMNS = {
  email: ['email', 'emailaddress', 'emailaddr', 'mail', 'primaryemail', 'subscriberemail'],
  first_name: ['firstname', 'first', 'givenname', 'forename', 'fname'],
  last_name: ['lastname', 'last', 'surname', 'familyname', 'lname'],
  zip: [
    'zip',
    'zipcode',
    'zip5',
    'postal',
    'postalcode',
    'postcode',
    'zippostalcode',
    'primaryzip',
    'homezip',
    'mailingzip',
  ],
  plus4: ['plus4', 'zip4', 'zipplus4'],
} as const

const MAX_COLUMNS = 500

/** Returns a header in lower-case letters and digits only: `E-mail Address` is `emailaddress`. */
export function plainName(header: string): string {
  return header.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/**
 * Returns which column holds which field. `map` (field to header name) goes before the common names.
 * Throws a usage error for a field or column that does not exist, and where two columns could be one field.
 */
export function mapHeader<Field extends string>(
  header: readonly string[],
  names: ColumnNames<Field>,
  map: Readonly<Record<string, string>> = {},
): HeaderMapping<Field> {
  if (header.length > MAX_COLUMNS) {
    throw usage(
      'too_many_columns',
      `the header has ${header.length} columns`,
      `a list has at most ${MAX_COLUMNS}; check the file`,
    )
  }
  const fields = Object.keys(names) as Field[]
  const unknown = Object.keys(map).find((field) => !fields.some((known) => known === field))
  if (unknown !== undefined)
    throw usage('unknown_field', `there is no field "${unknown}"`, `the fields are ${fields.join(', ')}`)
  const named = new Map(fields.map((field) => [field, map[field]]))
  const columns = {} as Record<Field, number | null>
  for (const field of fields) {
    const given = named.get(field)
    columns[field] =
      given === undefined
        ? recognise(header, field, names[field], Object.values(map))
        : namedColumn(header, field, given)
  }
  const used = new Set<number | null>(Object.values(columns))
  return { columns, ignored: header.filter((_, index) => !used.has(index)) }
}

function usage(code: string, message: string, hint: string): RollcallError {
  return new RollcallError(code, message, { hint, kind: 'usage' })
}

function namedColumn(header: readonly string[], field: string, name: string): number {
  const found = indexesOf(header, (column) => column.trim() === name.trim())
  const loose = found.length > 0 ? found : indexesOf(header, (column) => plainName(column) === plainName(name))
  return only(loose, header, field) ?? missing(header, name)
}

function missing(header: readonly string[], name: string): never {
  throw usage('unknown_column', `the file has no column "${name}"`, `its columns are ${header.map(quoted).join(', ')}`)
}

function recognise(
  header: readonly string[],
  field: string,
  names: readonly string[],
  taken: readonly string[],
): number | null {
  const found = indexesOf(header, (column) => names.includes(plainName(column)) && !taken.includes(column))
  return only(found, header, field)
}

function indexesOf(header: readonly string[], fits: (column: string) => boolean): number[] {
  return header.flatMap((column, index) => (fits(column) ? [index] : []))
}

function only(found: readonly number[], header: readonly string[], field: string): number | null {
  if (found.length < 2) return found[0] ?? null
  const columns = found.map((index) => quoted(header[index] ?? '')).join(' and ')
  const hint = `say which with --map ${field}=COLUMN, or give the columns different names`
  throw usage('ambiguous_column', `${columns} could both be the ${field}`, hint)
}

function quoted(column: string): string {
  return `"${column.slice(0, 60)}"`
}

/** Returns `field=column` pairs as an object. Throws a usage error for anything else. */
export function readMap(pairs: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1)]
      throw new RollcallError('bad_map', `"${pair}" is no mapping`, {
        hint: 'write field=column, such as email=E-mail Address',
        kind: 'usage',
      })
    }),
  )
}
