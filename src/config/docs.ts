// The settings table of README and `rollcall config`, made from the schema.
import { z } from 'zod'
import { settings } from './schema.ts'

interface SettingDoc {
  name: string
  /** As it is written in the environment; '' when there is none. */
  default: string
  text: string
}

/** Returns every setting with its default and its sentence, in the order of the schema. */
export function settingDocs(): SettingDoc[] {
  return Object.entries(settings.shape).map(([name, schema]) => ({
    name,
    default: defaultOf(schema),
    text: z.globalRegistry.get(schema)?.description ?? '',
  }))
}

function defaultOf(schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined)
  const value: unknown = parsed.success ? parsed.data : undefined
  if (Array.isArray(value)) return value.map(String).join(',')
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Returns the table as GitHub-flavoured Markdown. */
export function settingsTable(): string {
  const rows = settingDocs().map(
    (doc) => `| \`${doc.name}\` | ${doc.default ? `\`${doc.default}\`` : ''} | ${doc.text} |`,
  )
  return ['| setting | default | what it does |', '|---|---|---|', ...rows].join('\n')
}

/** Returns the text of `.env.example`: every setting, commented out, with its default and its sentence. */
export function envExample(): string {
  const blocks = settingDocs().map(({ name, default: value, text }) => `# ${text}\n# ${name}=${value}`)
  return `# Settings of Rollcall. Copy to .env and take the # from the lines you change.\n\n${blocks.join('\n\n')}\n`
}
