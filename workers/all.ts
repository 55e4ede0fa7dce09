// One process that does everything a worker can: launch and deliver. The same as `rollcall work`.
import { run } from './run.ts'

await run('all', {})
