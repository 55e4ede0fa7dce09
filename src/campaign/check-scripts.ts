// The part of the check about scripts: every one that somebody would be asked to read aloud must be there.
import { compileTemplate, type CompiledTemplate } from '../message/compile.ts'
import type { ScriptKey } from '../message/manifest.ts'
import type { Problem } from '../message/problem.ts'
import { renderFull } from '../message/template.ts'
import type { PersonView, VariantView } from '../message/view.ts'
import type { Definition } from './definition.ts'

const KEYS: readonly ScriptKey[] = [
  'champion',
  'opponent',
  'neutral',
  'absent',
  'vacant',
  'cannot_vote',
  'not_serving',
  'succeeded',
]

const MARK = 'rollcall-script-missing-'
const MARKED = new RegExp(`${MARK}([a-z_]+)`, 'g')

/** Tells which scripts the message to one variant lacks. */
export type ScriptCheck = (view: VariantView, person: PersonView) => Problem[]

/**
 * Returns the check of a template's scripts. Only the template knows on which cards a script stands, so it is compiled
 * once more with a mark in the place of every script the manifest lacks: what shows the mark would show nothing.
 */
export async function createScriptCheck({ manifest, files }: Definition): Promise<ScriptCheck> {
  const missing = KEYS.filter((key) => manifest.scripts[key] === undefined)
  if (missing.length === 0) return () => []
  const marks = Object.fromEntries(missing.map((key) => [key, `${MARK}${key}`]))
  const compiled = await compileTemplate(files, { ...manifest, scripts: { ...manifest.scripts, ...marks } })
  if (!compiled.ok) return () => compiled.problems
  return (view, person) => shownMarks(compiled.template, view, person).map(missingScript)
}

function shownMarks(template: CompiledTemplate, view: VariantView, person: PersonView): string[] {
  const { text, html } = renderFull(template, view, person)
  return [...new Set([...text.matchAll(MARKED), ...html.matchAll(MARKED)].flatMap(([, key]) => key ?? []))]
}

function missingScript(key: string): Problem {
  return {
    severity: 'error',
    code: 'missing_script',
    message: `there is no script for ${key}, and somebody would have to speak with it`,
    hint: `write scripts.${key}`,
    file: 'campaign.yaml',
  }
}
