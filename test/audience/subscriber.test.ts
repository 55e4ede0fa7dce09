// One row of a list: what is kept, what is refused, and that everything wrong is said at once.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/core/address.ts'
import { checkSubscriber, isRoleAddress, type Field } from '../../src/audience/subscriber.ts'
import { readZip } from '../../src/audience/zip.ts'

const GOOD: Record<Field, string> = {
  email: 'ann@example.org',
  first_name: 'Ann',
  last_name: 'Lee',
  zip: '97212',
  plus4: '',
}

function check(changes: Partial<Record<Field, string>>, padZip = false) {
  return checkSubscriber({ ...GOOD, ...changes }, padZip)
}

function refused(changes: Partial<Record<Field, string>>, padZip = false): Field[] {
  const checked = check(changes, padZip)
  return checked.ok ? [] : checked.refusals.map((refusal) => refusal.field)
}

describe('a ZIP', () => {
  it.each([
    ['97212', '97212', null],
    [' 00501 ', '00501', null],
    ['02138-1234', '02138', '1234'],
    ['02138 1234', '02138', '1234'],
    ['021381234', '02138', '1234'],
    ['02138–1234', '02138', '1234'],
    ['', null, null],
    ['   ', null, null],
  ])('%j is %j and +4 %j', (text, zip, plus4) => {
    expect(readZip(text, false)).toEqual({ ok: true, zip, plus4, padded: false })
  })

  it.each(['9721', '501', '2138-1234'])('%s lost its zeros: refused with the option that restores them', (text) => {
    const read = readZip(text, false)
    expect(read).toMatchObject({ ok: false, hint: expect.stringContaining('--pad-zip') })
    expect(readZip(text, true)).toMatchObject({ ok: true, padded: true, zip: expect.stringMatching(/^0\d{4}$/) })
  })

  it.each(['12', '1234567', '12345678', '1234567890', 'K1A 0B1', '97212.0', '٩٧٢١٢', '97212-12', '-97212', '1e5'])(
    '%s is refused, padding or not',
    (text) => {
      expect(readZip(text, false).ok).toBe(false)
      expect(readZip(text, true).ok).toBe(false)
    },
  )

  it('is five digits as text or nothing, whatever the cell holds', () => {
    const zips = fc.oneof(fc.string(), fc.stringMatching(/^\d{0,10}$/), fc.stringMatching(/^\d{3,5}[- ]\d{0,5}$/))
    fc.assert(
      fc.property(zips, fc.boolean(), (text, pad) => {
        const read = readZip(text, pad)
        const zip = read.ok ? (read.zip ?? '00000') : '00000'
        expect(read.ok || read.hint !== '').toBe(true)
        expect(readZip(zip, false)).toEqual({ ok: true, zip, plus4: null, padded: false })
      }),
    )
  })
})

describe('a row', () => {
  it('keeps names as they are, without blanks around them', () => {
    expect(check({ first_name: "  O'Brien ", last_name: '李小龙 👩‍🌾' })).toMatchObject({
      ok: true,
      subscriber: { firstName: "O'Brien", lastName: '李小龙 👩‍🌾', zip: '97212', plus4: null },
    })
  })

  it('takes a +4 from its own column, and refuses one without a ZIP', () => {
    expect(check({ plus4: '0042' })).toMatchObject({ ok: true, subscriber: { plus4: '0042' } })
    expect(refused({ zip: '', plus4: '0042' })).toEqual(['plus4'])
    expect(refused({ plus4: '42' })).toEqual(['plus4'])
  })

  it('T4 refuses line breaks, controls, direction marks and lone surrogates in names', () => {
    const bad = [
      '\r',
      '\n',
      '\r\nBcc: x@example.org',
      '\0',
      '\t',
      '\u0085',
      '\u2028',
      '\u202e',
      '\u2066',
      '\u200f',
      '\u061c',
      '\ud800',
      '\udfff',
    ]
    for (const text of bad) {
      for (const name of [`Ann${text}`, `${text}Ann`, `A${text}nn`]) {
        expect(refused({ first_name: name })).toEqual(['first_name'])
        expect(refused({ last_name: name })).toEqual(['last_name'])
      }
    }
  })

  it('allows 100 characters of a name, counted as characters', () => {
    expect(refused({ first_name: '👩'.repeat(100) })).toEqual([])
    expect(refused({ first_name: '👩'.repeat(101) })).toEqual(['first_name'])
  })

  it('names everything that is wrong at once', () => {
    expect(refused({ email: 'nobody', first_name: 'A\nB', zip: '1' })).toEqual(['email', 'first_name', 'zip'])
  })

  it('T4 is refused, or holds nothing that could end a header line', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.constantFrom('Ann', 'a@x.test', '97212', ''),
    )
    fc.assert(
      fc.property(
        fc.record({
          email: fc.oneof(cell, fc.constant('a@x.test')),
          first_name: cell,
          last_name: cell,
          zip: cell,
          plus4: cell,
        }),
        (row) => {
          const checked = checkSubscriber(row, true)
          const kept = checked.ok
            ? [checked.subscriber.address.ascii, checked.subscriber.firstName, checked.subscriber.lastName]
            : []
          expect(kept.join('')).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u)
          expect(checked.ok || checked.refusals.length > 0).toBe(true)
        },
      ),
    )
  })
})

describe('an office address', () => {
  it('is told from a person', () => {
    const roles = ['INFO@example.org', 'info.smith@example.org', 'ann@example.org'].map((text) => {
      const parsed = parseAddress(text)
      return parsed.ok && isRoleAddress(parsed.address)
    })
    expect(roles).toEqual([true, false, false])
  })
})
