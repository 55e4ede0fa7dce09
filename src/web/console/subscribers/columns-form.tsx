// The form in which columns of a list become fields: its first rows, one choice a field, where the people signed up.
import type { ListHead } from '../../../audience/upload-files.ts'
import type { Upload } from '../../../audience/upload.ts'
import { FIELDS, type Field as SubscriberField } from '../../../audience/subscriber.ts'
import type { Desk } from '../desk.ts'
import { Field, Form, Select, Tick } from '../parts/form.tsx'
import { startOf, type Typed } from './columns-start.ts'

const LABELS: Readonly<Record<SubscriberField, string>> = {
  email: 'E-mail address',
  first_name: 'First name',
  last_name: 'Last name',
  zip: 'ZIP code',
  plus4: 'ZIP +4, where it has a column of its own',
}
const MOST_COLUMNS = 12

interface Props {
  desk: Desk
  upload: Upload
  head: ListHead
  typed: Typed
}

/** Posts to the check. */
export function ColumnsForm({ desk, upload, head, typed }: Props) {
  const start = startOf(upload, head, typed)
  const names = [...new Set(head.header.filter((name) => name !== ''))]
  return (
    <section class="sheet">
      <h2>Which column is what?</h2>
      <FirstRows head={head} />
      {typed.problem === undefined ? null : (
        <div class="notice bad" role="alert">
          {typed.problem.split('\n').map((line) => (
            <p>{line}</p>
          ))}
        </div>
      )}
      <Form desk={desk} action={`/subscribers/imports/${upload.id}/check`}>
        <div class="pairs">
          {FIELDS.map((field) => (
            <Select
              name={`column_${field}`}
              label={LABELS[field]}
              value={start[`column_${field}`] ?? ''}
              options={[
                ['', field === 'email' ? 'Choose a column' : 'Not in this list'],
                ...names.map((name) => [name, name.slice(0, 60)] as const),
              ]}
            />
          ))}
        </div>
        <Field
          name="source"
          label="Where did these people sign up?"
          hint="The consent ledger keeps it with every address: the event, the form, the list it came from."
          value={start['source']}
          maxlength={200}
          required
        />
        <Field
          name="consent_until"
          label="Their consent is only implied, and ends on"
          hint="Leave it empty when they said yes themselves. Nobody is written to from that day on."
          type="date"
          value={start['consent_until']}
        />
        <Tick
          name="pad_zip"
          label="Put back the leading zeros of ZIP codes that a spreadsheet has cut"
          checked={start['pad_zip'] === 'on'}
        />
        <p class="small">A check reads the whole list and changes nothing.</p>
        <button class="loud">Check the list</button>
      </Form>
    </section>
  )
}

function FirstRows({ head: { header, rows } }: { head: ListHead }) {
  const shown = header.slice(0, MOST_COLUMNS)
  return (
    <>
      <div class="scroll" tabindex={0} role="region" aria-label="First rows of the list">
        <table>
          <thead>
            <tr>
              {shown.map((name) => (
                <th scope="col">{name || '(no name)'}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells) => (
              <tr>
                {shown.map((_, index) => (
                  <td>{(cells[index] ?? '').slice(0, 80)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {header.length > MOST_COLUMNS ? <p class="small">… and {header.length - MOST_COLUMNS} more columns.</p> : null}
    </>
  )
}
