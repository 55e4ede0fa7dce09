// Edits of campaign.yaml: the value changes, and every other byte, comments included, stays as its author wrote it.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { editManifest, manifestText } from '../../src/campaign/manifest-edit.ts'
import { FORM_GROUPS, formValues, withFormValues } from '../../src/campaign/manifest-form.ts'
import { changeRules } from '../../src/campaign/rule-edit.ts'
import { parseManifest } from '../../src/message/manifest.ts'
import { TEMPLATE } from '../support/reference-campaign.ts'

let text: string
beforeAll(async () => {
  text = await readFile(path.join(TEMPLATE, 'campaign.yaml'), 'utf8')
})

/** The lines that two texts do not share. */
function changes(before: string, after: string): { gone: string[]; come: string[] } {
  const [a, b] = [before.split('\n'), after.split('\n')]
  return { gone: a.filter((line) => !b.includes(line)), come: b.filter((line) => !a.includes(line)) }
}

describe('an edit', () => {
  it('of one value changes one line', () => {
    const after = editManifest(text, [{ path: ['title'], value: 'Once more: "Dreamers" # not a comment' }])
    expect(changes(text, after)).toEqual({
      gone: ['title: The shutdown vote and the Dreamers'],
      come: [`title: 'Once more: "Dreamers" # not a comment'`],
    })
  })

  it('keeps the comment behind a value and the one above it', () => {
    const source = '# above\na: one # behind\n\n# of b\nb:\n  # inside\n  c: 1\n  d: 2 # of d\n'
    expect(editManifest(source, [{ path: ['a'], value: 'two' }])).toBe(source.replace('one', 'two'))
    expect(editManifest(source, [{ path: ['b', 'd'], value: 3 }])).toBe(source.replace('2', '3'))
    expect(editManifest(source, [{ path: ['b', 'e'], value: 'new' }])).toBe(`${source}  e: new\n`)
  })

  it('takes a part away and puts one in', () => {
    const without = editManifest(text, [{ path: ['donation'], value: undefined }])
    expect(changes(text, without).come).toEqual([])
    expect(parse(without)).not.toHaveProperty('donation')
    const donation = { url: 'https://give.rollcall.example/', amount: 7, byMail: 'PO Box 1' }
    expect(parse(editManifest(without, [{ path: ['donation'], value: donation }]))).toMatchObject({ donation })
  })

  it('of a text that is no YAML is refused', () => {
    expect(() => editManifest('a: [', [{ path: ['a'], value: 1 }])).toThrow(/campaign\.yaml cannot be read/)
    expect(() => editManifest('just words', [{ path: ['a'], value: 1 }])).toThrow(/no list of keys/)
  })

  it('brings back any text as it was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        const after = editManifest(text, [{ path: ['labels', 'champion'], value }])
        expect(parse(after)).toMatchObject({ labels: { champion: value, opponent: 'Dream Killer' } })
      }),
    )
  })
})

describe('the text under a key', () => {
  it('is what a parser of the whole file finds, however it is written', () => {
    const whole = parse(text) as Record<string, string>
    expect(manifestText(text, 'subject')).toBe(whole['subject'])
    expect(manifestText(text, 'title')).toBe(whole['title'])
    expect(manifestText('a: 1\nsubject: "in\n  two lines"\n# c\nb: 2', 'subject')).toBe('in two lines')
    expect(manifestText('a:\n  subject: inner\n', 'subject')).toBe('')
    expect(manifestText('subject: [', 'subject')).toBe('')
  })
})

describe('the form', () => {
  it('that is saved as it came changes nothing', () => {
    expect(withFormValues(text, formValues(text) ?? {})).toBe(text)
    const fromBrowser = Object.fromEntries(
      Object.entries(formValues(text) ?? {}).map(([name, value]) => [name, value.replaceAll('\n', '\r\n')]),
    )
    expect(withFormValues(text, fromBrowser)).toBe(text)
  })

  it('writes a subject in the lines it was typed in', () => {
    const after = withFormValues(text, { subject: 'One {{summary}}\r\n  {{~#if hasVacant}} two{{/if}}' })
    expect(after).toContain('subject: >-\n  One {{summary}}\n  {{~#if hasVacant}} two{{/if}}\npreheader: >-\n')
    const parsed = parseManifest(after)
    expect(parsed).toMatchObject({ ok: true, manifest: { subject: 'One {{summary}} {{~#if hasVacant}} two{{/if}}' } })
  })

  it('takes a script, the donation and the hotline away when their fields are emptied, and brings them back', () => {
    const after = withFormValues(text, { 'scripts.vacant': '', 'donation.url': '', 'hotline.number': ' ' })
    const manifest = parseManifest(after)
    expect(manifest).toMatchObject({ ok: true, manifest: { scripts: { champion: expect.stringContaining('thank') } } })
    expect(parse(after)).not.toHaveProperty('hotline')
    expect(parse(after)).not.toHaveProperty('donation')
    expect(parse(after)).not.toHaveProperty('scripts.vacant')
    const back = withFormValues(after, { ...formValues(text) })
    expect(parse(back)).toEqual(parse(text))
  })

  it('has a field for everything that is usual, each once', () => {
    const names = FORM_GROUPS.flatMap(({ fields }) => fields.map(({ name }) => name))
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(['subject', 'preheader', 'from.address', 'labels.champion', 'doubt']))
  })

  it('is not there for a text that is no YAML', () => {
    expect(formValues('a: [')).toBeNull()
  })
})

describe('a change of the rules', () => {
  it('of one stance changes one word of one line', () => {
    const stances = { nay: 'champion', yea: 'opponent', not_voting: 'absent', present: 'absent' } as const
    const after = changeRules(text, { kind: 'stances', rollCallId: 's325-115.2017', stances })
    expect(after).toBe(text.replace(/(s325[^]*?present: )neutral/, '$1absent'))
  })

  it('that another roll call decides makes the one before secondary, in its chamber alone', () => {
    const added = changeRules(text, {
      kind: 'add',
      rollCallId: 'h707-115.2017',
      role: 'primary',
      stances: { yea: 'champion' },
    })
    const roles = (yaml: string) =>
      (parse(yaml) as { rollCalls: { id: string; role: string }[] }).rollCalls.map(({ id, role }) => `${id} ${role}`)
    expect(roles(added)).toEqual(['h708-115.2017 secondary', 's325-115.2017 primary', 'h707-115.2017 primary'])
    const back = changeRules(added, { kind: 'primary', rollCallId: 'h708-115.2017' })
    expect(roles(back)).toEqual(['h708-115.2017 primary', 's325-115.2017 primary', 'h707-115.2017 secondary'])
    expect(changeRules(added, { kind: 'remove', rollCallId: 'h707-115.2017' })).not.toContain('h707')
  })

  it('of a roll call that is not there is refused, and so is one that is there already', () => {
    expect(() => changeRules(text, { kind: 'remove', rollCallId: 'h1-1.1789' })).toThrow(/has no roll call h1-1\.1789/)
    const again = { kind: 'add', rollCallId: 'h708-115.2017', role: 'primary', stances: { yea: 'champion' } } as const
    expect(() => changeRules(text, again)).toThrow(/has roll call h708-115\.2017 already/)
  })
})
