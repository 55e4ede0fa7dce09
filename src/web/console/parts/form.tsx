// Forms of the console: our token in each, a label for every field, and what is wrong in its place.
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { Desk } from '../desk.ts'

interface FormProps {
  /** Absent before somebody is in. */
  desk?: Desk | undefined
  /** A path below the console; absent: where the form stands. */
  action?: string
  method?: 'get' | 'post'
  class?: string
  id?: string
  /** Posts itself there while somebody types; the answer replaces elements of the page. */
  preview?: string
}

/** A form that proves it is ours. */
export function Form({ desk, action, method = 'post', children, preview, ...rest }: PropsWithChildren<FormProps>) {
  return (
    <form
      method={method}
      {...(action === undefined ? {} : { action: (desk?.root ?? '') + action })}
      {...(preview === undefined ? {} : { 'data-preview': (desk?.root ?? '') + preview })}
      {...rest}
    >
      {desk === undefined || method === 'get' ? null : <input type="hidden" name="csrf" value={desk.csrf} />}
      {children}
    </form>
  )
}

interface FieldProps {
  name: string
  label: string
  hint?: Child
  /** What is wrong with it; '' or absent for nothing. */
  error?: string | undefined
  value?: string | number | null | undefined
  type?: 'text' | 'email' | 'password' | 'number' | 'date' | 'datetime-local' | 'search' | 'url' | 'tel'
  autocomplete?: string
  required?: boolean
  maxlength?: number
  min?: number | string
  max?: number | string
  step?: number | string
  pattern?: string
  inputmode?: 'numeric' | 'decimal'
  placeholder?: string
  /** A text area of so many lines. */
  rows?: number
  /** Characters the field is about to hold. */
  size?: number
  class?: string
  readonly?: boolean
}

/** A labelled field. */
export function Field(props: FieldProps) {
  const { name, label, hint, error = '', value, rows, type = 'text' } = props
  const id = `f-${name}`
  const described = [hint === undefined ? '' : `${id}-hint`, error === '' ? '' : `${id}-error`]
    .filter(Boolean)
    .join(' ')
  const common = {
    id,
    name,
    ...(props.required ? { required: true } : {}),
    ...(props.readonly ? { readonly: true } : {}),
    ...(props.maxlength === undefined ? {} : { maxlength: props.maxlength }),
    ...(props.placeholder === undefined ? {} : { placeholder: props.placeholder }),
    ...(described === '' ? {} : { 'aria-describedby': described }),
    ...(error === '' ? {} : { 'aria-invalid': 'true' as const }),
  }
  const { autocomplete, min, max, step, pattern, inputmode, size } = props
  const forInput = Object.fromEntries(
    Object.entries({ autocomplete, min, max, step, pattern, inputmode, size }).filter(([, each]) => each !== undefined),
  )
  return (
    <div class={`field ${props.class ?? ''}`}>
      <label for={id}>{label}</label>
      {hint === undefined ? null : (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error === '' ? null : (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {rows === undefined ? (
        <input {...common} {...forInput} type={type} value={value ?? ''} />
      ) : (
        <textarea {...common} rows={rows}>
          {value ?? ''}
        </textarea>
      )}
    </div>
  )
}

interface SelectProps {
  name: string
  label: string
  options: readonly (readonly [value: string, words: string])[]
  value?: string | undefined
  hint?: Child
  error?: string | undefined
  multiple?: boolean
  values?: readonly string[]
}

/** A labelled choice. */
export function Select({ name, label, options, value, hint, error = '', multiple, values = [] }: SelectProps) {
  const id = `f-${name}`
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint === undefined ? null : (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error === '' ? null : <p class="error">{error}</p>}
      <select
        id={id}
        name={name}
        {...(multiple ? { multiple: true } : {})}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
      >
        {options.map(([each, words]) => (
          <option value={each} {...(each === value || values.includes(each) ? { selected: true } : {})}>
            {words}
          </option>
        ))}
      </select>
    </div>
  )
}

/** A box to tick, with its words. */
export function Tick({
  name,
  label,
  checked,
  value = 'on',
}: {
  name: string
  label: Child
  checked?: boolean
  value?: string
}) {
  return (
    <label class="tick">
      <input type="checkbox" name={name} value={value} {...(checked ? { checked: true } : {})} />
      <span>{label}</span>
    </label>
  )
}

interface ConfirmProps {
  desk: Desk
  action: string
  /** What has to be typed: a word, a number. The handler compares it with `isTyped`. */
  word: string
  button: string
  id?: string
}

/** A form for what cannot be undone: a word has to be typed. `children` say what will happen and hold further fields. */
export function Confirm({ desk, action, word, button, id, children }: PropsWithChildren<ConfirmProps>) {
  const field = `typed-${id ?? 'word'}`
  return (
    <Form desk={desk} action={action} class="confirm">
      {children}
      <div class="field">
        <label for={field}>
          To go on, type <code>{word}</code>
        </label>
        <input id={field} name="typed" autocomplete="off" required spellcheck={false} />
      </div>
      <button class="danger">{button}</button>
    </Form>
  )
}

/** Returns whether the word of a `Confirm` was typed; commas and spaces in numbers do not matter. */
export function isTyped(form: Readonly<Record<string, string>>, word: string): boolean {
  const plain = (text: string) => text.trim().replace(/^[\d,\s]+$/, (number) => number.replace(/[,\s]/g, ''))
  return plain(form['typed'] ?? '') === plain(word)
}

/** One button that posts, beside others. */
export function Act({
  desk,
  action,
  button,
  look = 'quiet',
  fields = {},
}: {
  desk: Desk
  action: string
  button: string
  look?: 'loud' | 'quiet' | 'danger' | 'plain'
  fields?: Readonly<Record<string, string>>
}) {
  return (
    <Form desk={desk} action={action} class="act">
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button class={look}>{button}</button>
    </Form>
  )
}
