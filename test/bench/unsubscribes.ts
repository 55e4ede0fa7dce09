// People leave while a campaign goes out: how fast an opt-out is answered, and that each one holds.
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { cancelCampaign } from '../../src/campaign/control.ts'
import { checkCompliance } from '../../src/compliance/check.ts'
import { compose, type App } from '../../src/compose.ts'
import { resolveConfig } from '../../src/config/load.ts'
import type { Audience } from './audience.ts'
import { environmentOf, type Lab } from './lab.ts'
import { lastLines, type Started } from './processes.ts'
import type { UnsubscribeLine } from './results.ts'

const DATABASE = 'unsubscribes'
/** So slow that the campaign outlives the wishes. */
const SEND_PER_SECOND = 1_500

/** Asks `perSecond` times a second for `seconds` seconds, as mailbox providers do, while one worker sends. */
export async function measureUnsubscribes(
  lab: Lab,
  audience: Audience,
  perSecond: number,
  seconds: number,
): Promise<UnsubscribeLine> {
  await lab.cluster.create(DATABASE, audience.database)
  await using sink = await lab.sink()
  const environment = {
    DATABASE_URL: await lab.cluster.url(DATABASE),
    SMTP_URL: sink.url,
    ROLLCALL_TRANSPORT: 'smtp',
    ROLLCALL_MESSAGES_PER_SECOND: String(SEND_PER_SECOND),
    ROLLCALL_CANARY_PERCENT: '0',
  }
  try {
    await using app = await compose(await resolveConfig(environmentOf(lab, environment)))
    const worker = lab.rollcall(['work'], environment)
    const server = lab.rollcall(['serve', '--port', '0'], environment)
    const [origin] = [await saidBy(server, /Serving (http:\/\/\S+)/), await saidBy(worker, /(Working):/)]
    await app.launch(audience.campaignId, { expect: audience.people, actor: 'benchmark' })
    const paths = await somePaths(app, perSecond * seconds)
    lab.note(`unsubscribe: ${paths.length} wishes in ${seconds} s, ${audience.people} recipients`)
    const answers = await ask(origin, paths, perSecond)
    await cancelCampaign(app.db, audience.campaignId, { actor: 'benchmark', clock: app.clock })
    for (const each of [worker, server]) each.child.kill('SIGTERM')
    await Promise.all([worker.ended, server.ended])
    return await lineOf(app, perSecond, paths.length, answers)
  } finally {
    await lab.cluster.drop(DATABASE)
  }
}

/** Returns what a program says on stderr when it is ready. */
async function saidBy(program: Started, words: RegExp): Promise<string> {
  for (let left = 600; left > 0 && program.child.exitCode === null; left -= 1) {
    const said = words.exec(program.stderr())?.[1]
    if (said !== undefined) return said
    await sleep(50)
  }
  throw new Error(`a program did not start: ${lastLines(program.stderr())}`)
}

/** Returns the links of that many people, drawn evenly from those who have the message and those who wait for it. */
async function somePaths(app: App, count: number): Promise<string[]> {
  const { rows } = await sql<{ id: string; subscriber: string }>`
    SELECT id, subscriber_id AS subscriber FROM delivery ORDER BY hashint8(id) LIMIT ${count}`.execute(app.db)
  return rows.map(
    ({ id, subscriber }) =>
      new URL(app.sender.links.unsubscribe({ deliveryId: BigInt(id), subscriberId: BigInt(subscriber) })).pathname,
  )
}

interface Answers {
  milliseconds: number[]
  /** Answers that were no 200, and requests that failed. */
  refused: number
}

/** Each wish leaves when its time has come, whether or not the earlier ones are answered. */
async function ask(origin: string, paths: readonly string[], perSecond: number): Promise<Answers> {
  const answers: Answers = { milliseconds: [], refused: 0 }
  const startedAt = performance.now()
  const asked: Promise<void>[] = []
  for (const [index, path] of paths.entries()) {
    const waitMs = startedAt + (index * 1_000) / perSecond - performance.now()
    if (waitMs > 1) await sleep(waitMs)
    asked.push(post(`${origin}${path}`, answers))
  }
  await Promise.all(asked)
  return answers
}

async function post(url: string, answers: Answers): Promise<void> {
  const startedAt = performance.now()
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    })
    await response.arrayBuffer()
    if (response.status !== 200) answers.refused += 1
    answers.milliseconds.push(performance.now() - startedAt)
  } catch {
    answers.refused += 1
  }
}

async function lineOf(
  app: App,
  perSecond: number,
  wishes: number,
  { milliseconds, refused }: Answers,
): Promise<UnsubscribeLine> {
  const sorted = milliseconds.toSorted((a, b) => a - b)
  const share = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  const { rows } = await sql<{ suppressed: number; sent: number }>`
    SELECT (SELECT count(*) FROM suppression WHERE reason = 'unsubscribe')::int AS suppressed,
      (SELECT count(*) FROM delivery WHERE state = 'sent')::int AS sent`.execute(app.db)
  const { suppressed = 0, sent = 0 } = rows[0] ?? {}
  const { sendsAfterOptOut, inTheAir, latency } = await checkCompliance(app.db, new Date())
  const isSound = refused === 0 && suppressed === wishes && sendsAfterOptOut === 0
  return {
    perSecond,
    wishes,
    p50Ms: share(0.5),
    p99Ms: share(0.99),
    maxMs: share(1),
    ledgerP99Ms: latency.p99Ms ?? Number.NaN,
    sentMeanwhile: sent,
    inTheAir,
    problem: isSound
      ? null
      : `unsubscribe: ${wishes} wishes, ${refused} without a 200, ${suppressed} suppressed, ${sendsAfterOptOut} messages after an opt-out`,
  }
}
