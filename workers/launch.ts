// A process that launches scheduled campaigns when their hour has come, and sends nothing itself.
import { run } from './run.ts'

await run('launch', { concurrency: 0 })
