// A process that sends: takes shards of campaigns from the queue. Run as many as the transport can bear.
import { run } from './run.ts'

await run('deliver', { launches: false })
