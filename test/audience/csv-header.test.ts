// Headers: the common names are recognised, --map decides, and nothing is guessed between two columns.
import { describe, expect, it } from 'vitest'
import { mapHeader, SUBSCRIBER_COLUMNS } from '../../src/audience/csv-header.ts'

function columnsOf(header: string[], map?: Record<string, string>) {
  return mapHeader(header, SUBSCRIBER_COLUMNS, map)
}

describe('a header row', () => {
  it.each([
    [['Email', 'First Name', 'Last Name', 'Zip Code']],
    [['E-mail Address', 'first_name', 'LAST-NAME', 'Postal']],
    [['EMAIL', 'Given Name', 'Surname', 'Zip/Postal Code']],
  ])('is recognised as %j', (header) => {
    expect(columnsOf(header).columns).toEqual({ email: 0, first_name: 1, last_name: 2, zip: 3, plus4: null })
  })

  it('leaves out what it does not know, and says so', () => {
    expect(columnsOf(['Phone', 'Email', 'Tags']).ignored).toEqual(['Phone', 'Tags'])
  })

  it('follows --map before the common names', () => {
    const mapped = columnsOf(['Kontakt', 'Email', 'PLZ'], { email: 'Kontakt', zip: 'plz' })
    expect(mapped.columns).toMatchObject({ email: 0, zip: 2 })
    expect(mapped.ignored).toEqual(['Email'])
  })

  it('does not choose between two columns that fit', () => {
    expect(() => columnsOf(['Email', 'Zip', 'Postal Code'])).toThrow(
      expect.objectContaining({
        code: 'ambiguous_column',
        kind: 'usage',
        message: expect.stringContaining('"Postal Code"'),
      }),
    )
    expect(columnsOf(['Email', 'Zip', 'Postal Code'], { zip: 'Zip' }).columns.zip).toBe(1)
  })

  it('names the fields or columns there are when one does not exist', () => {
    expect(() => columnsOf(['Email'], { mail: 'Email' })).toThrow(expect.objectContaining({ code: 'unknown_field' }))
    expect(() => columnsOf(['Email'], { email: 'Mail' })).toThrow(
      expect.objectContaining({ hint: 'its columns are "Email"' }),
    )
  })

  it('T7 refuses a header of too many columns', () => {
    expect(() => columnsOf(Array.from({ length: 501 }, (_, index) => `c${index}`))).toThrow(/501 columns/)
  })
})
