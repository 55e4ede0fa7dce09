// The editors of the compose page: a file as text with numbered lines, the manifest as a form, and the problems beside them.
import type { Child } from 'hono/jsx'
import { FIELDS } from '../../../campaign/draft-files.ts'
import type { DiffLine } from '../../../campaign/line-diff.ts'
import { FORM_GROUPS, type FormField } from '../../../campaign/manifest-form.ts'
import type { Problem } from '../../../message/problem.ts'
import { Badge } from '../parts/figures.tsx'
import { Field, Select } from '../parts/form.tsx'

/** Numbers below the last line, for those that are typed yet. */
const SPARE_LINES = 400

/** A file as text. Each number is a place to jump to: `#L12`. */
export function TextEditor({ file, text, isFrozen }: { file: string; text: string; isFrozen: boolean }) {
  const lines = text.split('\n').length
  return (
    <div class="editor">
      <div class="gutter" aria-hidden="true">
        {Array.from({ length: lines + SPARE_LINES }, (_, index) => (
          <span {...(index < lines ? { id: `L${index + 1}` } : {})}>{index + 1}</span>
        ))}
      </div>
      <textarea
        id="f-text"
        name="text"
        aria-label={file}
        rows={Math.max(lines + 1, 18)}
        wrap="off"
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        {...(isFrozen ? { readonly: true } : {})}
      >
        {/* The parser takes the first line end away. */}
        {`\n${text}`}
      </textarea>
    </div>
  )
}

/** The usual fields of campaign.yaml. */
export function FieldsEditor({ values, isFrozen }: { values: Readonly<Record<string, string>>; isFrozen: boolean }) {
  return (
    <fieldset class="bare" {...(isFrozen ? { disabled: true } : {})}>
      <legend class="unseen">Fields of the manifest</legend>
      {FORM_GROUPS.map(({ title, hint, fields }) => (
        <details class="group" open>
          <summary>{title}</summary>
          {hint === undefined ? null : <p class="hint">{hint}</p>}
          <div
            class={fields.every(({ kind }) => kind === 'line' || kind === 'choice' || kind === 'number') ? 'pairs' : ''}
          >
            {fields.map((field) => (
              <FieldOf field={field} value={values[field.name] ?? ''} />
            ))}
          </div>
        </details>
      ))}
    </fieldset>
  )
}

function FieldOf({ field, value }: { field: FormField; value: string }) {
  const { name, label, hint, kind, choices = [] } = field
  const hinted = hint === undefined ? {} : { hint }
  if (kind === 'choice') return <Select name={name} label={label} options={choices} value={value} {...hinted} />
  if (kind === 'number') return <Field name={name} label={label} value={value} inputmode="numeric" {...hinted} />
  if (kind === 'line') return <Field name={name} label={label} value={value} {...hinted} />
  const rows = Math.max(2, value.split('\n').length + (kind === 'lines' ? 1 : 0))
  return <Field name={name} label={label} value={value} rows={rows} class="mono" {...hinted} />
}

interface ProblemListProps {
  problems: readonly Problem[]
  /** The file that is open; a problem of it leads to its line. */
  file: string
  /** The address of the compose page. */
  base: string
}

/** What is wrong, where, and what to do about it. */
export function ProblemList({ problems, file, base }: ProblemListProps) {
  return (
    <section id="problems" aria-live="polite">
      {problems.length === 0 ? (
        <p class="soft">No problems: the template compiles. The check looks at every message.</p>
      ) : (
        <>
          <h3>Problems ({problems.length})</h3>
          <ol class="problems">
            {problems.map((problem) => (
              <li>
                <Severity of={problem.severity} />{' '}
                {problem.file === undefined ? null : (
                  <a class="code" href={placeOf(problem, file, base)}>
                    {placeText(problem)}
                  </a>
                )}
                <span class="said">{problem.message}</span>
                {problem.hint === undefined ? null : <span class="under">{problem.hint}</span>}
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  )
}

/** How grave a problem is, as a mark. */
export function Severity({ of }: { of: Problem['severity'] }) {
  return <Badge name={of === 'notice' ? 'note' : of} words={of} />
}

/** Returns `body.mjml:12:3`. */
export function placeText({ file, line, column }: Problem): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
}

/** Returns the address of a problem's line in its file. */
export function placeOf(problem: Pick<Problem, 'file' | 'line'>, open: string, base: string): string {
  const line = problem.line === undefined ? '' : `#L${problem.line}`
  if (problem.file === open) return line === '' ? '#f-text' : line
  return `${base}?file=${encodeURIComponent(problem.file ?? 'campaign.yaml')}${line}`
}

/** The files to choose from. */
export function FileTabs({
  files,
  file,
  base,
  problems,
}: {
  files: readonly string[]
  file: string
  base: string
  problems: readonly Problem[]
}) {
  const bad = new Set(problems.filter(({ severity }) => severity === 'error').map((problem) => problem.file))
  const tab = (name: string, words: Child) => (
    <li>
      <a href={`${base}?file=${encodeURIComponent(name)}`} aria-current={name === file ? 'page' : undefined}>
        {words}
        {bad.has(name) ? <span class="mark"> has errors</span> : null}
      </a>
    </li>
  )
  return (
    <nav class="files" aria-label="Files of the template">
      <ul>
        {tab(FIELDS, 'Fields')}
        {files.map((name) => tab(name, name.replace(/^partials\//, '› ')))}
      </ul>
    </nav>
  )
}

/** What two texts do not share. */
export function Diff({ lines, before, after }: { lines: readonly DiffLine[]; before: string; after: string }) {
  if (lines.length === 0) return <p class="soft">Nothing differs.</p>
  const marks = { same: '  ', added: '+ ', removed: '- ', skipped: '…' } as const
  return (
    <>
      <p class="small">
        <span class="diff-removed">- {before}</span> <span class="diff-added">+ {after}</span>
      </p>
      <pre class="diff" tabindex={0}>
        {lines.map(({ kind, text }) => (
          <span class={`diff-${kind}`}>{`${marks[kind]}${text}\n`}</span>
        ))}
      </pre>
    </>
  )
}
