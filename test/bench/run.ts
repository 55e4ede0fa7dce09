// The benchmark, as `npm run bench` starts it.
import { runApart } from '../support/apart.ts'

runApart(new URL('benchmark.ts', import.meta.url))
