// The settings in force, for people: each with its source, and no secret among them (threat T25).
import type { Config, SettingSource } from './load.ts'
import { settingDocs } from './docs.ts'

export interface SettingValue {
  name: string
  /** As it may be shown; '' when there is none. */
  value: string
  /** Something is set that is not shown. */
  isHidden: boolean
  source: SettingSource | 'default'
  text: string
}

/** Names whose value is a secret, whole; what is new and called so is one, too. */
const SECRET = /SECRET|PASSWORD|TOKEN|(?<!WEBHOOK)_KEY$|API_KEY/

/** Returns every setting in the order of the schema. */
export function settingValues(config: Config): SettingValue[] {
  const values: Readonly<Record<string, unknown>> = { ...config }
  return settingDocs().map(({ name, text }) => {
    const source = config.sources[name] ?? 'default'
    const value = values[name]
    const isSet = value !== undefined && !(Array.isArray(value) && value.length === 0)
    if (SECRET.test(name)) return { name, value: '', isHidden: isSet, source, text }
    return { name, value: isSet ? shown(value) : '', isHidden: false, source, text }
  })
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(', ')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, each]) => `${name}=${String(each)}`)
      .join(', ')
  const text = String(value)
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? withoutLogin(text) : text
}

/** A URL without user, password and the values of its query: any of them may let somebody in. */
function withoutLogin(text: string): string {
  const url = URL.parse(text)
  if (url === null) return 'a URL that is not shown'
  const login = url.username === '' && url.password === '' ? '' : '…@'
  const names = [...url.searchParams.keys()].map((name) => `${name}=…`)
  return `${url.protocol}//${login}${url.host}${url.pathname === '/' ? '' : url.pathname}${names.length === 0 ? '' : `?${names.join('&')}`}`
}
