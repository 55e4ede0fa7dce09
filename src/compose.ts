// Config -> App: opens, wires and stacks the disposers. The only file that knows everything.
import { pino, type Logger } from 'pino'
import type { Config } from './config/load.ts'
import { systemClock, type Clock } from './core/clock.ts'
import { RollcallError } from './core/errors.ts'
import { deriveKey, tokenKeys, type TokenKeys } from './core/token.ts'
import { createLinks, type Links } from './message/links.ts'
import { assertReachable, connect, type Db, type Store } from './store/connect.ts'
import { openEmbedded } from './store/embedded.ts'
import { migrate } from './store/migrate.ts'

export interface App extends AsyncDisposable {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly store: Store
  readonly db: Db
  /** The migrations that were missing until now. */
  readonly applied: readonly string[]
  readonly keys: TokenKeys
  /** Keys the hashes of addresses. */
  readonly addressKey: Buffer
  readonly links: Links
}

/**
 * Returns the application: the database is open and at the newest schema, and belongs to our secret.
 * Dispose it to close everything in reverse order.
 */
export async function compose(config: Config): Promise<App> {
  await using stack = new AsyncDisposableStack()
  const log = createLog(config)
  const store = await openStore(config, stack, log)
  await assertReachable(store)
  const applied = await migrate(store)
  await assertSameSecret(store.db, config.ROLLCALL_SECRET)
  const keys = tokenKeys(config.ROLLCALL_SECRET, config.ROLLCALL_PREVIOUS_SECRETS)
  const open = stack.move()
  return {
    config,
    clock: systemClock,
    log,
    store,
    db: store.db,
    applied,
    keys,
    addressKey: deriveKey(config.ROLLCALL_SECRET, 'rollcall address key v1'),
    links: createLinks(config.ROLLCALL_BASE_URL, keys),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Logs go to stderr; fields that could hold an address or a secret are cut whatever their value (threat T20). */
function createLog(config: Config): Logger {
  const redact = ['address', 'to', 'email', 'password', 'token', 'authorization', '*.address', '*.to', '*.password']
  return pino(
    { level: config.LOG_LEVEL, redact, base: { pid: process.pid } },
    pino.destination({ dest: 2, sync: true }),
  )
}

async function openStore(config: Config, stack: AsyncDisposableStack, log: Logger): Promise<Store> {
  const url = config.DATABASE_URL ?? stack.use(await openEmbedded(config.ROLLCALL_HOME)).url
  const onIdleError = (error: Error) =>
    log.warn({ error: error.message }, 'a database connection was lost; the next query opens another')
  return stack.use(connect(url, { max: 16, onIdleError }))
}

/** Hashes of addresses under another secret would match no suppression: better not to start at all. */
async function assertSameSecret(db: Db, secret: string): Promise<void> {
  const fingerprint = deriveKey(secret, 'rollcall secret fingerprint v1').toString('hex').slice(0, 16)
  // The first process to come writes the fingerprint.
  await db
    .insertInto('secret_fingerprint')
    .values({ fingerprint })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  // The fingerprint of the secret this database was made with.
  const row = await db.selectFrom('secret_fingerprint').select('fingerprint').executeTakeFirstOrThrow()
  if (row.fingerprint === fingerprint) return
  throw new RollcallError(
    'other_secret',
    'ROLLCALL_SECRET differs from the one this database was made with; no opt-out in it would be honoured',
    {
      hint: 'set ROLLCALL_SECRET to the first one (without the setting it is in the file "secret" in ROLLCALL_HOME)',
    },
  )
}
