// The command line as a user meets it: results on stdout, errors that say what to do, exit codes 0, 1 and 2.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { runCli, type Run } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { SECRET, TEMPLATE } from '../support/reference-campaign.ts'

let store: Store
let home: string
let id: string

const settings = () => ({ DATABASE_URL: store.url, ROLLCALL_HOME: home, ROLLCALL_SECRET: SECRET })
const rollcall = (...args: string[]): Promise<Run> => runCli(args, settings())

/** Runs a command that must succeed and print one JSON document. */
async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await rollcall(...args, '--json')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return JSON.parse(stdout)
}

beforeAll(async () => {
  store = await testDatabase({ reference: true })
  home = await mkdtemp(path.join(tmpdir(), 'rollcall-cli-'))
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

test('subscribers import: good rows are in, bad ones are in the rejects file with what to do, and a dry run says the same', async () => {
  const file = path.join(home, 'list.csv')
  await writeFile(
    file,
    'Email,First Name,Zip\nzoe@example.org,Zoë,97212\nnot an address,X,97212\nsam@example.org,Sam,9721\nten@example.org,Ten,10118\n',
  )
  const rejects = path.join(home, 'refused.csv')
  const dry = (await json('subscribers', 'import', file, '--dry-run')) as Record<string, unknown>
  const real = (await json('subscribers', 'import', file, '--rejects', rejects)) as Record<string, unknown>
  for (const report of [dry, real]) expect(report).toMatchObject({ rows: 4, added: 2, rejected: 2 })
  const refused = await readFile(rejects, 'utf8')
  expect(refused).toContain('not an address')
  expect(refused).toMatch(/9721.*write 5, or pass --pad-zip/)
})

test('campaign create prints the id, and nothing else, as JSON', async () => {
  const document = (await json('campaign', 'create', TEMPLATE)) as { id: string }
  expect(Object.keys(document)).toEqual(['id'])
  id = document.id
  expect(id).toMatch(/^dream-act-2017-[a-z0-9]{4}$/)
})

test.each([
  [
    '97212',
    'all_champions',
    ['US-H-OR-03 Earl Blumenauer champion', 'US-S-OR-2 Jeff Merkley champion', 'US-S-OR-3 Ron Wyden champion'],
  ],
  ['20001', 'no_vote', ['US-H-DC-00 Eleanor Holmes Norton cannot_vote']],
  ['09001', 'unresolved', []],
  [
    '35203',
    'all_opponents',
    [
      'US-H-AL-07 Terri A. Sewell opponent',
      'US-S-AL-2 Luther Strange opponent',
      'US-S-AL-3 Richard C. Shelby opponent',
    ],
  ],
])('campaign outcome: %s is %s', async (zip, outcome, seats) => {
  const line = (await json('campaign', 'outcome', id, '--zip', zip)) as {
    zip: string
    outcome: string
    seats: Record<string, string>[]
  }
  expect(line).toMatchObject({ zip, outcome })
  expect(line.seats.map((seat) => `${seat['seat']} ${seat['legislator']} ${seat['stance']}`)).toEqual(seats)
})

test('campaign outcome: 92373 is ambiguous, and says which seats are only possible', async () => {
  const line = (await json('campaign', 'outcome', id, '--zip', '92373')) as {
    outcome: string
    seats: { seat: string; candidate?: boolean }[]
  }
  expect(line.outcome).toBe('ambiguous')
  expect(line.seats.filter((seat) => seat.candidate).map((seat) => seat.seat)).toEqual([
    'US-H-CA-08',
    'US-H-CA-31',
    'US-H-CA-36',
    'US-H-CA-41',
    'US-H-CA-42',
  ])
})

test('campaign outcome --file answers the ZIPs of the whole country, one line each', async () => {
  const { rows } = await store.pool.query<{ zip: string }>('SELECT DISTINCT zip FROM zip_seat ORDER BY zip')
  const file = path.join(home, 'zips.txt')
  await writeFile(file, rows.map((row) => `${row.zip}\n`).join(''))
  const { code, stdout } = await rollcall('campaign', 'outcome', id, '--file', file, '--json')
  expect(code).toBe(0)
  const outcomes = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { outcome: string }).outcome)
  const counts = Object.fromEntries(
    [...Map.groupBy(outcomes, (outcome) => outcome)].map(([outcome, all]) => [outcome, all.length]),
  )
  expect(counts).toEqual({
    all_opponents: 13_301,
    mixed: 11_960,
    all_champions: 4_183,
    ambiguous: 2_295,
    some_opponents: 1_109,
    no_vote: 210,
    some_champions: 98,
  })
})

test('a campaign goes from check to finished, and every subscriber has an .eml file', async () => {
  expect(await json('campaign', 'check', id)).toMatchObject({ passed: true, audience: 2 })
  expect(await json('campaign', 'approve', id, '--as', 'Ada')).toMatchObject({ state: 'approved', approvedBy: 'Ada' })
  const wrong = await rollcall('campaign', 'launch', id, '--expect', '3')
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('would go to 2 subscribers, not to the 3 you expect'),
  })
  const status = await json('campaign', 'launch', id, '--expect', '2', '--wait')
  expect(status).toMatchObject({
    id,
    state: 'finished',
    audience: 2,
    deliveries: { pending: 0, sending: 0, sent: 2, deferred: 0, bounced: 0, failed: 0, skipped: 0, in_doubt: 0 },
  })
  expect(await readdir(path.join(home, 'outbox'))).toHaveLength(2)
  expect(await json('campaign', 'status', id)).toMatchObject({ state: 'finished', headline: 'finished' })
  expect(await json('campaign', 'report', id)).toMatchObject({
    outcomes: expect.arrayContaining([{ outcome: 'all_champions', count: 1, sent: 1 }]),
  })
})

test('a preview is the message of the same renderer, as html, text or eml', async () => {
  const [html, text, eml] = await Promise.all(
    ['html', 'text', 'eml'].map((format) => rollcall('campaign', 'preview', id, '--zip', '97212', '--format', format)),
  )
  expect(html?.stdout).toContain('<!doctype html>')
  expect(text?.stdout).toContain('Wyden')
  expect(eml?.stdout).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
  const out = path.join(home, 'zoe.html')
  expect(await rollcall('campaign', 'preview', id, '--to', 'ZOE@example.org', '--out', out)).toMatchObject({
    code: 0,
    stdout: '',
  })
  expect(await readFile(out, 'utf8')).toContain('Zoë')
})

test('a suppressed address is skipped by the next campaign', async () => {
  expect((await rollcall('suppressions', 'add', 'zoe@example.org')).code).toBe(0)
  const { id: next } = (await json('campaign', 'create', TEMPLATE)) as { id: string }
  await json('campaign', 'approve', next, '--as', 'Ada')
  expect(await json('campaign', 'launch', next, '--wait')).toMatchObject({
    audience: 2,
    deliveries: { sent: 1, skipped: 1 },
  })
})

test.each([
  [['frobnicate'], 2, 'unknown command'],
  [['campaign', 'status', 'no-such-campaign'], 2, 'there is no campaign "no-such-campaign"'],
  [['campaign', 'create', '/nowhere'], 2, '/nowhere is not a folder'],
  [['campaign', 'outcome', 'ID', '--zip', '9721'], 2, '"9721" is no ZIP code'],
  [['campaign', 'outcome', 'ID'], 2, 'give --zip or --file'],
  [['campaign', 'preview', 'ID', '--to', 'nobody@example.org'], 2, 'no subscriber'],
  [['campaign', 'preview', 'ID', '--zip', '97212', '--format', 'pdf'], 2, '"pdf" is no format'],
  [['campaign', 'launch', 'ID'], 1, 'was launched at'],
  [['campaign', 'launch', 'ID', '--expect', 'many'], 2, '"many" is no whole number'],
  [['campaign', 'cancel', 'ID'], 1, 'is finished and cannot become cancelled'],
  [['subscribers', 'import', '/nowhere.csv'], 2, '/nowhere.csv'],
  [['congress', 'lookup', '123'], 2, '123'],
])('%j is refused with exit code %i and a sentence', async (args, code, said) => {
  const run = await rollcall(...args.map((arg) => (arg === 'ID' ? id : arg)))
  expect(run).toMatchObject({ code, stdout: '' })
  expect(run.stderr).toContain(said)
})

test('a template with mistakes is refused by the check, each with file and line', async () => {
  const folder = path.join(home, 'broken')
  const { cp } = await import('node:fs/promises')
  await cp(TEMPLATE, folder, { recursive: true })
  const yaml = await readFile(path.join(folder, 'campaign.yaml'), 'utf8')
  await writeFile(
    path.join(folder, 'campaign.yaml'),
    yaml.replace('ambiguous: senators_only', 'ambigous: senators_only'),
  )
  expect(await rollcall('campaign', 'create', folder)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/campaign\.yaml:\d+:\d+ ambigous is not a key.*did you mean ambiguous/),
  })
  await writeFile(path.join(folder, 'campaign.yaml'), yaml)
  const text = await readFile(path.join(folder, 'body.txt.hbs'), 'utf8')
  await writeFile(path.join(folder, 'body.txt.hbs'), `${text}\n{{firstNam}}\n`)
  const { id: broken } = (await json('campaign', 'create', folder)) as { id: string }
  const check = await rollcall('campaign', 'check', broken)
  expect(check).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/body\.txt\.hbs:\d+:\d+ .*firstNam.*firstName/),
  })
  expect(await rollcall('campaign', 'approve', broken, '--as', 'Ada')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot be approved'),
  })
})

test('another secret than the first is refused, because no opt-out would be honoured', async () => {
  const run = await runCli(['campaign', 'list'], { ...settings(), ROLLCALL_SECRET: 'another secret, long enough' })
  expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('no opt-out in it would be honoured') })
  const rotated = await runCli(['campaign', 'list'], {
    ...settings(),
    ROLLCALL_SECRET: 'another secret, long enough',
    ROLLCALL_PREVIOUS_SECRETS: SECRET,
  })
  expect(rotated.code).toBe(0)
})

test('doctor says what it found, and fails when something is broken', async () => {
  expect(await rollcall('doctor')).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ database: PostgreSQL') })
  const broken = await runCli(['doctor', '--json'], { ...settings(), SMTP_URL: 'smtp://127.0.0.1:1' })
  expect(broken.code).toBe(1)
  expect(JSON.parse(broken.stdout)).toContainEqual(expect.objectContaining({ name: 'transport smtp', state: 'error' }))
})
