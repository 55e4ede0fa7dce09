// The fault program, as `npm run faults` starts it.
import { runApart } from '../support/apart.ts'

runApart(new URL('program.ts', import.meta.url))
