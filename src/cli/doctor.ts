// The doctor's examination: every dependency and setting, each with a sentence and what to do.
import { access, constants, mkdir } from 'node:fs/promises'
import process from 'node:process'
import { sql } from 'kysely'
import type { App } from '../compose.ts'
import { RollcallError, messageOf } from '../core/errors.ts'
import type { Config } from '../config/load.ts'
import { pausedLanes } from '../delivery/lanes.ts'

export interface Finding {
  name: string
  state: 'ok' | 'warning' | 'error'
  sentence: string
  /** What to do; absent when nothing is. */
  fix?: string
}

type Look = () => Promise<Finding[] | Finding | string>

/** Examines what needs no database: the runtime, the home folder, the settings' meaning. */
export async function examineMachine(config: Config): Promise<Finding[]> {
  return [
    ...(await look('Node.js', async () => `version ${process.versions.node}`)),
    ...(await look('home', async () => {
      await mkdir(config.ROLLCALL_HOME, { recursive: true })
      await access(config.ROLLCALL_HOME, constants.W_OK)
      return `${config.ROLLCALL_HOME} can be written to`
    })),
    ...settingsFindings(config),
  ]
}

function settingsFindings(config: Config): Finding[] {
  const findings: Finding[] = []
  const base = config.ROLLCALL_BASE_URL
  if (!base.startsWith('https:')) {
    findings.push({
      name: 'links',
      state: 'warning',
      sentence: `links in messages start with ${base}`,
      fix: 'set ROLLCALL_BASE_URL to an https address before a real send',
    })
  }
  if (config.ROLLCALL_ENV !== 'production') {
    const domains = config.ROLLCALL_ALLOWED_DOMAINS.join(', ')
    findings.push({
      name: 'environment',
      state: 'warning',
      sentence: `development: mail goes only to ${domains}`,
      fix: 'set ROLLCALL_ENV=production for a real send',
    })
  }
  if (config.ROLLCALL_DKIM_DOMAIN === undefined && config.ROLLCALL_TRANSPORT.some((name) => name.startsWith('smtp'))) {
    findings.push({
      name: 'DKIM',
      state: 'warning',
      sentence: 'messages leave unsigned',
      fix: 'set ROLLCALL_DKIM_*, unless the mail server signs List-Unsubscribe-Post, too',
    })
  }
  return findings
}

/** Examines everything that an opened application reaches. */
export async function examineApp(app: App): Promise<Finding[]> {
  return [
    ...(await look('database', () => databaseSentence(app))),
    ...(await look('queue', async () => `BullMQ on ${(await app.queues()).backend}`)),
    ...(await transportFindings(app)),
    ...(await look('congress data', () => congressFindings(app))),
    ...(await look('sending', () => sendingFindings(app))),
  ]
}

async function transportFindings(app: App): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const name of app.config.ROLLCALL_TRANSPORT)
    findings.push(...(await look(`transport ${name}`, async () => (await app.transport(name)).verify())))
  return findings
}

async function databaseSentence({ db, config, applied }: App): Promise<string> {
  // The server's version and the size of the database.
  const { rows } = await sql<{ version: string; size: string }>`
    SELECT current_setting('server_version') AS version, pg_size_pretty(pg_database_size(current_database())) AS size`.execute(
    db,
  )
  const where = config.DATABASE_URL === undefined ? 'embedded' : 'of DATABASE_URL'
  return `PostgreSQL ${rows[0]?.version ?? ''} (${where}), ${rows[0]?.size ?? ''}, ${applied.length} migrations applied just now`
}

async function congressFindings({ db }: App): Promise<Finding[]> {
  // What is loaded, and what blocks campaigns.
  const { rows } = await sql<{ maps: string | null; rollCalls: number; blocking: number }>`
    SELECT (SELECT string_agg(id, ', ' ORDER BY id) FROM district_map) AS maps, (SELECT count(*)::int FROM roll_call) AS "rollCalls",
      (SELECT count(*)::int FROM import_issue i JOIN roll_call r ON r.id = i.roll_call_id
        WHERE i.severity = 'blocking' AND i.resolved_at IS NULL) AS blocking`.execute(db)
  const { maps = null, rollCalls = 0, blocking = 0 } = rows[0] ?? {}
  const name = 'congress data'
  if (maps === null)
    return [
      {
        name,
        state: 'warning',
        sentence: 'there is no ZIP map',
        fix: 'npm run demo loads the 115th Congress; rollcall congress import FILE loads yours',
      },
    ]
  const open: Finding[] =
    blocking > 0
      ? [
          {
            name,
            state: 'warning',
            sentence: `${blocking} open issues block campaigns`,
            fix: 'rollcall congress issues lists them',
          },
        ]
      : []
  return [{ name, state: 'ok', sentence: `ZIP maps ${maps}; ${rollCalls} roll calls` }, ...open]
}

async function sendingFindings({ db }: App): Promise<Finding[]> {
  // The kill switch.
  const kill = await db.selectFrom('kill_switch').selectAll().executeTakeFirst()
  const lanes = await pausedLanes(db)
  const findings: Finding[] = lanes.map(({ transport, reason }) => ({
    name: `lane ${transport}`,
    state: 'warning',
    sentence: `paused: ${reason}`,
    fix: 'it opens again by itself',
  }))
  if (kill?.engaged)
    findings.push({
      name: 'kill switch',
      state: 'error',
      sentence: `engaged: ${kill.reason}`,
      fix: 'nothing is sent until it is released',
    })
  return findings
}

/** A look that throws is a finding like any other. */
async function look(name: string, work: Look): Promise<Finding[]> {
  try {
    const found = await work()
    if (typeof found === 'string') return [{ name, state: 'ok', sentence: found }]
    return [found].flat()
  } catch (error) {
    return [failure(name, error)]
  }
}

/** Returns the finding of something that broke. */
export function failure(name: string, error: unknown): Finding {
  const fix = error instanceof RollcallError ? error.hint : undefined
  return { name, state: 'error', sentence: messageOf(error), ...(fix === undefined ? {} : { fix }) }
}
