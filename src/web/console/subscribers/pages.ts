// The section of subscribers; fixed paths before those with a number in them.
import type { Console } from '../console.ts'
import { importsPages } from './imports.tsx'
import { subscriberList } from './list.tsx'
import { personPages } from './person.tsx'

/** Adds the list, the imports and the page of a person. */
export function subscriberSection(console: Console): void {
  subscriberList(console)
  importsPages(console)
  personPages(console)
}
