// A process that works on uploaded lists and nothing else, for tests that kill it: DATABASE_URL, home.
import process from 'node:process'
import { pino } from 'pino'
import { startUploads } from '../../src/audience/upload-runs.ts'
import { systemClock } from '../../src/core/clock.ts'
import { deriveKey } from '../../src/core/token.ts'
import { connect } from '../../src/store/connect.ts'

const [, , url = '', home = ''] = process.argv
const store = connect(url, { max: 3 })
await startUploads({
  db: store.db,
  clock: systemClock,
  log: pino({ level: 'silent' }),
  home,
  addressKeyKey: deriveKey('the secret of these tests', 'rollcall address key v1'),
  loadKnownZip: async () => () => 'known',
  lookEveryMs: 20,
})
