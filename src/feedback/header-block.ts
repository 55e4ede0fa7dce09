// Header lines wherever they stand: at the head of a mail, in a delivery status, in a message that was returned.

/** Name in lower case and unfolded value. */
export type Field = readonly [name: string, value: string]

const LONGEST = 4_000 // characters of one value
const MOST = 2_000 // fields of one block
const FIELD = /^([!-9;-~]{1,76})[ \t]*:(.*)$/

/** Returns the fields of a header block (RFC 5322 section 2.2), folded lines joined; what is no field is left out. */
export function readFields(text: string): Field[] {
  const fields: [string, string][] = []
  for (const line of text.split('\n')) {
    const last = fields.at(-1)
    if (last !== undefined && /^[ \t]/.test(line)) {
      if (last[1].length < LONGEST) last[1] = `${last[1]} ${line.trim()}`.slice(0, LONGEST)
      continue
    }
    const [, name, value = ''] = FIELD.exec(line) ?? []
    if (name !== undefined && fields.length < MOST) fields.push([name.toLowerCase(), value.trim().slice(0, LONGEST)])
  }
  return fields
}

/** Returns the first value of that name, or null. */
export function fieldOf(fields: readonly Field[], name: string): string | null {
  return fields.find(([each]) => each === name)?.[1] ?? null
}

/** Returns every value of these names. */
export function fieldsOf(fields: readonly Field[], ...names: string[]): string[] {
  return fields.filter(([each]) => names.includes(each)).map(([, value]) => value)
}
