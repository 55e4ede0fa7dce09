// The frame every HTML part has whatever its template says: language, title and preheader.
import { expandFile, expandText, type ExpandResult } from './expand.ts'
import { insertAfter } from './mjml-source.ts'
import type { Manifest } from './manifest.ts'
import type { Files, Part } from './source.ts'

/** Returns the parts of body.mjml with partials in place; `lang`, `mj-title` and `mj-preview` are added when absent. */
export function htmlParts(files: Files, manifest: Manifest): ExpandResult {
  const body = expandFile(files, manifest, 'body.mjml', 'html')
  if (body.problems.length > 0) return body
  const problems = body.problems
  let parts = body.parts
  const has = (pattern: RegExp) => parts.some((part) => part.kind === 'text' && pattern.test(part.text))
  const head: Part[] = []
  if (!has(/<mj-title[\s>]/)) head.push(...around('mj-title', expandText(files, manifest, 'title')))
  if (!has(/<mj-preview[\s>]/)) {
    const preheader = expandText(files, manifest, 'preheader')
    problems.push(...preheader.problems)
    head.push(...around('mj-preview', preheader))
  }
  if (head.length > 0) {
    parts =
      insertAfter(parts, /<mj-head\s*>/, head) ??
      insertAfter(parts, /<mjml(?:\s[^>]*)?>/, [made('<mj-head>'), ...head, made('</mj-head>')]) ??
      parts
  }
  if (!has(/<mjml\s[^>]*\blang=/))
    parts = insertAfter(parts, /<mjml(?=[\s>])/, [made(` lang="${manifest.language}"`)]) ?? parts
  return { parts, problems }
}

function around(component: string, inner: ExpandResult): Part[] {
  return [made(`<${component}>`), ...inner.parts, made(`</${component}>`)]
}

function made(text: string): Part {
  return { kind: 'text', text, file: 'body.mjml', at: 0, verbatim: false }
}
