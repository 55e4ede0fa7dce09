// The files of a draft with what somebody typed in one of them, or in the form of campaign.yaml.
import { RollcallError } from '../core/errors.ts'
import { PARTIAL, REQUIRED, type TemplateFiles } from './folder.ts'
import { withFormValues } from './manifest-form.ts'

/** The manifest as a form: what stands in place of a file's name. */
export const FIELDS = 'fields'

/** What of a draft was edited: one file as text, or the form. */
export type Edited = { file: string; text: string } | { file: typeof FIELDS; typed: Readonly<Record<string, string>> }

/** Returns the files with the edit in them. Throws `no_file`, and `manifest_syntax` for a form over a text that is no YAML. */
export function withEdit(files: TemplateFiles, edit: Edited): TemplateFiles {
  if ('typed' in edit) return { ...files, 'campaign.yaml': withFormValues(files['campaign.yaml'] ?? '', edit.typed) }
  if (!Object.hasOwn(files, edit.file)) throw noFile(edit.file)
  // A browser ends lines with CR LF.
  return { ...files, [edit.file]: edit.text.replace(/\r\n?/g, '\n') }
}

/** Returns the files with an empty partial more. Throws `bad_name` for a name no partial may have. */
export function withPartial(files: TemplateFiles, name: string): TemplateFiles {
  const path = `partials/${name.trim()}`
  if (!PARTIAL.test(name.trim())) {
    throw new RollcallError('bad_name', `"${name}" is no name of a partial`, {
      hint: 'write it like footer.mjml or footer.txt.hbs: a-z, 0-9 and hyphens',
      kind: 'usage',
    })
  }
  if (Object.hasOwn(files, path)) {
    throw new RollcallError('has_file', `there is a ${path} already`, { hint: 'edit that one', kind: 'usage' })
  }
  return { ...files, [path]: '' }
}

/** Returns the files without one partial. Throws `no_file`, and `required_file` for what every template needs. */
export function withoutPartial(files: TemplateFiles, path: string): TemplateFiles {
  if (!Object.hasOwn(files, path)) throw noFile(path)
  if (REQUIRED.some((each) => each === path)) {
    throw new RollcallError('required_file', `every template needs ${path}`, {
      hint: 'empty it instead',
      kind: 'usage',
    })
  }
  return Object.fromEntries(Object.entries(files).filter(([name]) => name !== path))
}

/** Returns the names of the files: what every template has first, then the partials. */
export function fileNames(files: TemplateFiles): string[] {
  const partials = Object.keys(files).filter((name) => !REQUIRED.some((each) => each === name))
  return [...REQUIRED.filter((name) => Object.hasOwn(files, name)), ...partials.sort()]
}

function noFile(file: string): RollcallError {
  return new RollcallError('no_file', `the campaign has no file "${file}"`, {
    hint: 'somebody may have taken it out: load the page again',
    kind: 'usage',
  })
}
