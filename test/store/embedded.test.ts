// The embedded database: made once, shared by processes, stopped by the last one out.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/store/connect.ts'
import { openEmbedded } from '../../src/store/embedded.ts'
import { choosePlace } from '../../src/store/embedded-place.ts'
import { runningPort } from '../../src/store/embedded-server.ts'

let folder: string
let home: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-embedded-'))
  // A home that others cannot enter: root must then keep the data elsewhere.
  await chmod(folder, 0o700)
  home = path.join(folder, 'home')
})
afterAll(async () => {
  const place = await choosePlace(home)
  await rm(path.dirname(place.data), { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
})

async function ask(url: string, query: string): Promise<unknown[]> {
  await using store = connect(url, { max: 1 })
  return (await store.pool.query(query)).rows
}

test('two processes share one server; data stays; the last one out stops it', async () => {
  const place = await choosePlace(home)
  const first = await openEmbedded(home)
  await ask(first.url, 'CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)')
  const second = await openEmbedded(home)
  expect(second.url).toBe(first.url)

  await first[Symbol.asyncDispose]()
  expect(await ask(second.url, 'SELECT x FROM kept')).toEqual([{ x: 7 }])
  await second[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
  expect(await runningPort(place)).toBeNull()

  await using third = await openEmbedded(home)
  expect(await ask(third.url, 'SELECT x FROM kept')).toEqual([{ x: 7 }])
})

test('two processes that come at once start one server', async () => {
  const [first, second] = await Promise.all([openEmbedded(home), openEmbedded(home)])
  expect(first.url).toBe(second.url)
  await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()])
  expect(await runningPort(await choosePlace(home))).toBeNull()
})

test('a first start that was cut off is made anew', async () => {
  const other = path.join(folder, 'cut-off')
  await mkdir(other)
  const place = await choosePlace(other)
  const unfinished = `${place.data}.unfinished`
  await mkdir(unfinished, { recursive: true })
  await writeFile(path.join(unfinished, 'PG_VERSION'), '18\n')
  try {
    await using database = await openEmbedded(other)
    expect(await ask(database.url, 'SELECT 1 AS x')).toEqual([{ x: 1 }])
  } finally {
    await rm(path.dirname(place.data), { recursive: true, force: true })
  }
})

test('nobody connects without the password, and its file is closed to others', async () => {
  await using database = await openEmbedded(home)
  const open = new URL(database.url)
  open.password = 'guess'
  await expect(ask(open.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
  const { data } = await choosePlace(home)
  expect((await readFile(path.join(path.dirname(data), 'password'), 'utf8')).trim()).toBe(
    new URL(database.url).password,
  )
})
