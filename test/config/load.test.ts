// Settings: defaults, refusals that name the value, a secret that is made once.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { envExample, settingDocs, settingsTable } from '../../src/config/docs.ts'
import { resolveConfig } from '../../src/config/load.ts'
import { settings } from '../../src/config/schema.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'rollcall-config-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const resolve = (environment: Record<string, string>) => resolveConfig({ ROLLCALL_HOME: home, ...environment })

test('an empty environment gives a complete configuration', async () => {
  const config = await resolve({})
  expect(config.ROLLCALL_TRANSPORT).toEqual(['file'])
  expect(config.ROLLCALL_SMTP_CONNECTIONS).toBe(10)
  expect(path.isAbsolute(config.ROLLCALL_HOME)).toBe(true)
})

test('the secret is made once, kept by two processes that start at once, and readable by its owner alone', async () => {
  const [first, second] = await Promise.all([resolve({}), resolve({})])
  expect(first.ROLLCALL_SECRET).toMatch(/^[0-9a-f]{64}$/)
  expect(second.ROLLCALL_SECRET).toBe(first.ROLLCALL_SECRET)
  expect((await readFile(path.join(home, 'secret'), 'utf8')).trim()).toBe(first.ROLLCALL_SECRET)
  expect((await stat(path.join(home, 'secret'))).mode & 0o777).toBe(0o600)
})

test('the transport follows from what is configured', async () => {
  expect((await resolve({ SMTP_URL: 'smtp://localhost:25' })).ROLLCALL_TRANSPORT).toEqual(['smtp'])
  expect((await resolve({ SMTP_URL: 'smtp://one:25  smtps://two' })).ROLLCALL_TRANSPORT).toEqual(['smtp', 'smtp-2'])
  expect((await resolve({ SENDGRID_API_KEY: 'SG.x' })).ROLLCALL_TRANSPORT).toEqual(['sendgrid'])
  const both = { SMTP_URL: 'smtp://one', SENDGRID_API_KEY: 'SG.x', ROLLCALL_TRANSPORT: 'sendgrid, smtp' }
  expect((await resolve(both)).ROLLCALL_TRANSPORT).toEqual(['sendgrid', 'smtp'])
})

test('limits of providers are read by name', async () => {
  expect((await resolve({ ROLLCALL_PROVIDER_LIMITS: 'google=20, yahoo=0.5' })).ROLLCALL_PROVIDER_LIMITS).toEqual({
    google: 20,
    yahoo: 0.5,
  })
})

test('an unknown ROLLCALL_ name is refused with the name that was meant', async () => {
  await expect(resolve({ ROLLCALL_SMTP_CONECTIONS: '3' })).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('did you mean ROLLCALL_SMTP_CONNECTIONS?'),
  })
})

test.each([
  ['DATABASE_URL', 'mysql://x/y', 'mysql://x/y'],
  ['REDIS_URL', 'localhost', 'localhost'],
  ['ROLLCALL_SENDGRID_BATCH', '5000', '1000'],
  ['ROLLCALL_SECRET', 'short', 'shorter than 16'],
  ['LOG_LEVEL', 'loud', 'loud'],
  ['ROLLCALL_PROVIDER_LIMITS', 'gmail=20', 'gmail=20'],
  ['ROLLCALL_TRANSPORT', 'pigeon', 'no transport'],
  ['ROLLCALL_TRANSPORT', 'smtp-2', '2 servers in SMTP_URL'],
  ['ROLLCALL_CANARY_LEAST', '5000', 'ROLLCALL_CANARY_MOST'],
])('%s=%s is refused by name', async (name, value, said) => {
  await expect(resolve({ [name]: value })).rejects.toThrow(new RegExp(`${name}.*${said}`))
})

test('a refusal never shows a password', async () => {
  const refused = resolve({ DATABASE_URL: 'mysql://user:hunter2@host/db', ROLLCALL_SECRET: 'tooshort-hunter' })
  await expect(refused).rejects.toThrow(/DATABASE_URL/)
  await expect(refused).rejects.not.toThrow(/hunter/)
})

test('production needs a secret and https', async () => {
  await expect(resolve({ ROLLCALL_ENV: 'production' })).rejects.toThrow(/ROLLCALL_SECRET.*https/)
  const config = await resolve({
    ROLLCALL_ENV: 'production',
    ROLLCALL_SECRET: 'x'.repeat(32),
    ROLLCALL_BASE_URL: 'https://a.example',
  })
  expect(config.ROLLCALL_ENV).toBe('production')
})

test('an empty value counts as absent', async () => {
  expect((await resolve({ DATABASE_URL: '' })).DATABASE_URL).toBeUndefined()
})

test('two of three DKIM settings are refused', async () => {
  await expect(resolve({ ROLLCALL_DKIM_DOMAIN: 'a.example', ROLLCALL_DKIM_SELECTOR: 's' })).rejects.toThrow(
    /go together/,
  )
})

test('every setting has a sentence', () => {
  expect(settingDocs().filter((doc) => doc.text.length < 20)).toEqual([])
  expect(settingDocs().map((doc) => doc.name)).toEqual(Object.keys(settings.shape))
})

test('README shows the table that the schema makes', async () => {
  expect(await readFile(path.resolve(import.meta.dirname, '../../README.md'), 'utf8')).toContain(settingsTable())
})

test('.env.example shows every setting', async () => {
  expect(await readFile(path.resolve(import.meta.dirname, '../../.env.example'), 'utf8')).toBe(envExample())
})
