// The rules of the house are enforced: each planted violation is refused by the linter that `npm run check` runs.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..')
let house: string

beforeAll(async () => {
  house = await mkdtemp(path.join(tmpdir(), 'rollcall-house-'))
  await cp(path.join(root, '.oxlintrc.json'), path.join(house, '.oxlintrc.json'))
  await cp(path.join(root, 'tsconfig.json'), path.join(house, 'tsconfig.json'))
  await cp(path.join(root, 'package.json'), path.join(house, 'package.json'))
  await symlink(path.join(root, 'node_modules'), path.join(house, 'node_modules'))
})
afterAll(() => rm(house, { recursive: true, force: true }))

/** Returns what the linter says of `files` in an otherwise empty house. */
async function lint(files: Record<string, string>): Promise<string> {
  await rm(path.join(house, 'src'), { recursive: true, force: true })
  await rm(path.join(house, 'workers'), { recursive: true, force: true })
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(house, name)), { recursive: true })
    await writeFile(path.join(house, name), text)
  }
  const oxlint = path.join(root, 'node_modules', '.bin', 'oxlint')
  return run(oxlint, ['--type-aware', '--deny-warnings', '--format=unix'], { cwd: house }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; stderr?: string }) => `${error.stdout ?? ''}${error.stderr ?? ''}`,
  )
}

const ORDER = [
  'core',
  'store',
  'access',
  'congress',
  'message',
  'campaign',
  'delivery',
  'feedback',
  'compliance',
  'queue',
  'web',
] as const

test.each(ORDER.slice(0, -1).map((left, index) => [left, ORDER[index + 1] as string]))(
  '%s may not import %s, which stands to its right',
  async (left, right) => {
    const said = await lint({
      [`src/${left}/planted.ts`]: `import { there } from '../${right}/there.ts'\nexport const here = there\n`,
      [`src/${right}/there.ts`]: 'export const there = 1\n',
    })
    expect(said).toContain(`src/${left}/planted.ts`)
    expect(said).toContain('no-restricted-imports')
  },
)

test.each(['congress', 'audience'])('%s may not import its sibling', async (domain) => {
  const sibling = domain === 'congress' ? 'audience' : 'congress'
  const said = await lint({
    [`src/${domain}/planted.ts`]: `import { there } from '../${sibling}/there.ts'\nexport const here = there\n`,
    [`src/${sibling}/there.ts`]: 'export const there = 1\n',
  })
  expect(said).toContain('no-restricted-imports')
})

test('an import from the left is allowed', async () => {
  const said = await lint({
    'src/delivery/planted.ts': `import { there } from '../core/there.ts'\nexport const here = there\n`,
    'src/core/there.ts': 'export const there = 1\n',
  })
  expect(said).toBe('')
})

const PLANTED: [rule: string, file: string, text: string][] = [
  [
    'no-restricted-imports',
    'src/core/planted.ts',
    `import { readFileSync } from 'node:fs'\nexport const here = readFileSync\n`,
  ],
  [
    'no-restricted-imports',
    'src/delivery/planted.ts',
    `import { app } from '../compose.ts'\nexport const here = app\n`,
  ],
  ['no-process-env', 'src/delivery/planted.ts', `export const here = process.env['HOME']\n`],
  ['no-process-exit', 'src/delivery/planted.ts', `export function stop(): void {\n  process.exit(1)\n}\n`],
  ['no-default-export', 'src/core/planted.ts', `const here = 1\nexport default here\n`],
  [
    'no-floating-promises',
    'src/core/planted.ts',
    `async function work(): Promise<void> {}\nexport function here(): void {\n  work()\n}\n`,
  ],
  ['no-explicit-any', 'src/core/planted.ts', `export const here = (value: any): unknown => value\n`],
  ['max-lines', 'src/core/planted.ts', 'export {}\n'.repeat(351)],
]

test.each(PLANTED)('%s refuses a planted violation in %s', async (rule, file, text) => {
  expect(await lint({ [file]: text, 'src/compose.ts': 'export const app = 1\n' })).toContain(rule)
})

test('a cycle of imports is refused', async () => {
  const said = await lint({
    'src/core/one.ts': `import { two } from './two.ts'\nexport const one = (): unknown => two\n`,
    'src/core/two.ts': `import { one } from './one.ts'\nexport const two = (): unknown => one\n`,
  })
  expect(said).toContain('no-cycle')
})

test('there are no drawers: no folder is called utils, lib, common, types, helpers or services', async () => {
  const folders = await readdir(path.join(root, 'src'), { recursive: true, withFileTypes: true })
  const drawers = folders.filter(
    (entry) => entry.isDirectory() && /^(utils?|lib|common|types|helpers?|services?)$/.test(entry.name),
  )
  expect(drawers.map((entry) => entry.name)).toEqual([])
})

test('every source file opens with a sentence that says what it is for', async () => {
  const entries = await readdir(path.join(root, 'src'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  const silent: string[] = []
  for (const file of files) {
    const text = await readFile(path.join(file.parentPath, file.name), 'utf8')
    if (!/^(#!.*\n)?\/\/ \S.{15,}/.test(text)) silent.push(path.relative(root, path.join(file.parentPath, file.name)))
  }
  expect(files.length).toBeGreaterThan(50)
  expect(silent).toEqual([])
})

test('no script for browsers bears the name of a module: a build would put one in the place of the other', async () => {
  const files = (await readdir(path.join(root, 'src'), { recursive: true })).map((file) => file.replace(/\\/g, '/'))
  const scripts = files.filter((file) => file.endsWith('.js')).map((file) => file.replace(/\.js$/, ''))
  expect(scripts).not.toEqual([])
  const modules = new Set(files.filter((file) => /\.tsx?$/.test(file)).map((file) => file.replace(/\.tsx?$/, '')))
  expect(scripts.filter((script) => modules.has(script))).toEqual([])
})
