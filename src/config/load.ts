// Reads the environment, and `.env` where there is one, into a Config. The only file that reads process.env.
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { parseEnv } from 'node:util'
import { RollcallError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { settings, type Settings } from './schema.ts'

export interface Config extends Omit<Settings, 'ROLLCALL_SECRET' | 'ROLLCALL_HOME' | 'ROLLCALL_TRANSPORT'> {
  /** Absolute. */
  ROLLCALL_HOME: string
  ROLLCALL_SECRET: string
  /** Names of transports, best first; at least one. */
  ROLLCALL_TRANSPORT: readonly string[]
  /** Where each setting comes from that is no default. */
  readonly sources: Readonly<Record<string, SettingSource>>
}

export type SettingSource = 'environment' | '.env'

type Environment = Record<string, string | undefined>

/**
 * Returns the settings of this process: the environment first, then `.env` in the working directory, then defaults.
 * Throws `bad_settings` (usage) that names every wrong value and every ROLLCALL_ name nobody knows.
 */
export async function loadConfig(overrides: Environment = {}): Promise<Config> {
  const file = await readFile('.env', 'utf8').catch(() => '')
  const fromFile = parseEnv(file)
  return resolveConfig({ ...fromFile, ...process.env, ...overrides }, (name) =>
    name in fromFile && process.env[name] === undefined && overrides[name] === undefined ? '.env' : 'environment',
  )
}

/** Returns the settings of the given environment. Makes ROLLCALL_HOME and the secret in it when there is none. */
export async function resolveConfig(
  environment: Environment,
  sourceOf: (name: string) => SettingSource = () => 'environment',
): Promise<Config> {
  const filled = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = settings.safeParse(filled)
  const problems = [
    ...(parsed.success
      ? []
      : parsed.error.issues.map((issue) => problemOf(issue.path.join('.'), filled, issue.message))),
    ...unknownNames(Object.keys(filled)),
    ...(parsed.success ? contradictions(parsed.data) : []),
  ]
  if (!parsed.success || problems.length > 0) {
    throw new RollcallError('bad_settings', `wrong settings: ${problems.join('; ')}`, {
      hint: '`rollcall config` prints every setting with its default',
      kind: 'usage',
    })
  }
  const data = parsed.data
  const home = path.resolve(data.ROLLCALL_HOME)
  return {
    ...data,
    ROLLCALL_HOME: home,
    ROLLCALL_SECRET: data.ROLLCALL_SECRET ?? (await secretOf(home)),
    ROLLCALL_TRANSPORT: data.ROLLCALL_TRANSPORT.length > 0 ? data.ROLLCALL_TRANSPORT : presentTransports(data),
    sources: Object.fromEntries(
      Object.keys(settings.shape)
        .filter((name) => name in filled)
        .map((name) => [name, sourceOf(name)]),
    ),
  }
}

/** Returns the names of the mail servers of SMTP_URL: `smtp`, `smtp-2`, … */
export function relayNames({ SMTP_URL: urls }: Pick<Settings, 'SMTP_URL'>): string[] {
  return (urls ?? []).map((_, index) => (index === 0 ? 'smtp' : `smtp-${index + 1}`))
}

function presentTransports(data: Settings): string[] {
  if (data.SMTP_URL) return relayNames(data)
  return data.SENDGRID_API_KEY ? ['sendgrid'] : ['file']
}

/** Echoes the value, but never a secret or a URL that may hold a password. */
function problemOf(name: string, environment: Environment, message: string): string {
  const value = environment[name] ?? ''
  const isSecret = /SECRET|KEY$/.test(name) || value.includes('@')
  return isSecret ? `${name} ${message}` : `${name}=${value} ${message}`
}

function unknownNames(names: string[]): string[] {
  const known = Object.keys(settings.shape)
  return names
    .filter((name) => name.startsWith('ROLLCALL_') && !known.includes(name))
    .map((name) => {
      const guess = nearest(name, known)
      return `${name} is no setting${guess ? `; did you mean ${guess}?` : ''}`
    })
}

function contradictions(data: Settings): string[] {
  const dkim = [data.ROLLCALL_DKIM_DOMAIN, data.ROLLCALL_DKIM_SELECTOR, data.ROLLCALL_DKIM_KEY_FILE].filter(Boolean)
  const problems: string[] = []
  if (dkim.length % 3 !== 0) problems.push('ROLLCALL_DKIM_DOMAIN, _SELECTOR and _KEY_FILE go together')
  const servers = relayNames(data)
  for (const name of data.ROLLCALL_TRANSPORT) {
    if (name.startsWith('smtp') && !servers.includes(name))
      problems.push(
        `ROLLCALL_TRANSPORT=${name} needs ${name === 'smtp' ? 'SMTP_URL' : `${name.slice(5)} servers in SMTP_URL`}`,
      )
    if (name === 'sendgrid' && !data.SENDGRID_API_KEY)
      problems.push('ROLLCALL_TRANSPORT=sendgrid needs SENDGRID_API_KEY')
  }
  if (data.ROLLCALL_CANARY_LEAST > data.ROLLCALL_CANARY_MOST)
    problems.push(
      `ROLLCALL_CANARY_LEAST=${data.ROLLCALL_CANARY_LEAST} is more than ROLLCALL_CANARY_MOST=${data.ROLLCALL_CANARY_MOST}`,
    )
  if (data.ROLLCALL_ENV === 'production') {
    if (!data.ROLLCALL_SECRET) problems.push('production needs ROLLCALL_SECRET, the same on every machine')
    if (!data.ROLLCALL_BASE_URL.startsWith('https:'))
      problems.push(`production needs an https ROLLCALL_BASE_URL, not ${data.ROLLCALL_BASE_URL}`)
  }
  return problems
}

/** The secret of an installation that was given none: made once, readable by its owner alone. */
async function secretOf(home: string): Promise<string> {
  const file = path.join(home, 'secret')
  await mkdir(home, { recursive: true })
  // `wx`: of two processes that start at once, one writes and both read the same.
  await writeFile(file, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  await chmod(file, 0o600)
  return (await readFile(file, 'utf8')).trim()
}
