// What the form of columns shows when it opens.
import type { ListHead } from '../../../audience/upload-files.ts'
import { guessChoices, type Upload } from '../../../audience/upload.ts'
import type { FormFields } from '../desk.ts'

/** What somebody has just typed, and what is wrong with it. */
export interface Typed {
  form?: FormFields
  problem?: string
}

/** Returns what the form of columns starts with: what was typed, chosen, or what the header suggests. */
export function startOf(upload: Upload, { header }: ListHead, { form }: Typed): FormFields {
  if (form !== undefined) return form
  const { columns, source, padZip, consentUntil } = upload.choices ?? guessChoices(header, upload.fileName)
  return {
    ...Object.fromEntries(Object.entries(columns).map(([field, column]) => [`column_${field}`, column])),
    source,
    pad_zip: padZip ? 'on' : '',
    consent_until: consentUntil ?? '',
  }
}
