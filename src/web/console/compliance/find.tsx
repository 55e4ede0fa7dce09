// A search for one person: the address comes in a body, and its key goes on in the URL (threat T20).
import { soughtKey } from '../../../compliance/key-range.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import { redirectTo } from '../redirect.ts'
import { FindForm, isSearchable, showCompliance } from './tabs.tsx'

/** Adds the search of every list. */
export function findPages(console: Console): void {
  console.post('/compliance/find', 'compliance.read', (c, desk, form) => {
    const to = form['to'] ?? ''
    if (!isSearchable(to))
      throw new RollcallError('unknown_list', 'there is no such list to search', {
        hint: 'search from one of the lists',
      })
    const typed = form['who'] ?? ''
    try {
      return redirectTo(c, desk, `${to}?key=${soughtKey(desk.site.addressKey, typed)}`)
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      const problem = `${error.message}; ${error.hint ?? 'correct it'}.`
      return showCompliance(
        c,
        desk,
        { title: 'Find somebody', here: to },
        <FindForm desk={desk} to={to} typed={typed} error={problem} />,
        422,
      )
    }
  })
}
