// The section of Congress.
import type { Console } from '../console.ts'
import { congressImportPages } from './import.tsx'
import { legislatorPages } from './legislators.tsx'
import { overviewPages } from './overview.tsx'
import { rollCallPages } from './roll-calls.tsx'
import { zipPages } from './zip.tsx'

/** Adds the state of the data, roll calls, legislators, the ZIP lookup and the import. */
export function congressSection(console: Console): void {
  overviewPages(console)
  rollCallPages(console)
  legislatorPages(console)
  zipPages(console)
  congressImportPages(console)
}
