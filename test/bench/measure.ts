// The order of a run: the limit first and last, everything else in between on the same machine.
import path from 'node:path'
import { createAudiences, type Audience, type Audiences } from './audience.ts'
import { measureBaseline } from './baseline.ts'
import type { Lab } from './lab.ts'
import { measureLimit } from './limit.ts'
import { describeMachine } from './machine.ts'
import { wants } from './options.ts'
import { readProfile, sharesOf } from './profile.ts'
import type { ProfileLine, Results, SendLine } from './results.ts'
import { sendWhole, variations, type Variation } from './rollcall.ts'
import { measureSendGrid } from './sendgrid.ts'
import { openSpecimen } from './specimen.ts'
import { measureSplit } from './split.ts'
import { measureUnsubscribes } from './unsubscribes.ts'

/** Messages of the profiled worker, at most. */
const PROFILED = 20_000

/** Measures everything the options want. A line that fails is told in `failures`, and the others go on. */
export async function measure(lab: Lab): Promise<Results> {
  const run: Run = { lab, audiences: createAudiences(lab), results: await noResults(lab) }
  await measureSends(run)
  await measureScale(run)
  await measureSendGrids(run)
  await attempt(run, 'unsubscribe', async () => {
    const { messages, unsubscribeSeconds } = lab.options
    run.results.unsubscribes = await measureUnsubscribes(lab, await run.audiences.of(messages), 200, unsubscribeSeconds)
  })
  await attempt(run, 'import', async () => {
    run.results.imported = (await run.audiences.of(lab.options.importRows)).imported
  })
  return run.results
}

interface Run {
  lab: Lab
  audiences: Audiences
  results: Results
}

async function noResults(lab: Lab): Promise<Results> {
  const { connections, settings } = lab.options
  const none = {
    meanBytes: null,
    sends: [],
    split: null,
    profile: null,
    scale: [],
    sendgrid: [],
    unsubscribes: null,
    imported: null,
  }
  return { machine: await describeMachine(lab), connections, settings, ...none, failures: [] }
}

/** Does the work when its name is wanted; an hour's run must not be lost to one line. */
async function attempt({ lab, results }: Run, name: string, work: () => Promise<void>): Promise<void> {
  if (!wants(lab.options, name)) return
  try {
    await work()
  } catch (error) {
    if (lab.processes.isOver()) throw error
    const failure = `${name}: ${error instanceof Error ? error.message : String(error)}`
    lab.note(failure)
    results.failures.push(failure)
  }
}

async function measureSends(run: Run): Promise<void> {
  const { lab, results, audiences } = run
  const { options } = lab
  const whole = variations(lab)
  if (!['limit', 'naive', 'usual', 'split', 'profile'].some((name) => wants(options, name)) && whole.size === 0) return
  const audience = await audiences.of(options.messages)
  const bytes = await measureSpecimen(run, audience)
  results.meanBytes = bytes
  await attempt(run, 'profile', async () => {
    results.profile = await measureProfile(lab, audience)
  })
  for (const [name, variation] of whole) {
    await attempt(run, name, async () => {
      results.sends.push(await sendWhole(lab, audience, name, variation))
    })
  }
  await attempt(run, 'limit', async () => {
    // A machine that got slower or faster meanwhile must not flatter us: the faster of the two is the limit.
    const again = await measureLimit(lab, options.messages, bytes)
    const first = results.sends.findIndex((line) => line.name === 'limit')
    const before = results.sends[first]
    if (before !== undefined) results.sends[first] = faster(before, again)
  })
}

function faster(before: SendLine, after: SendLine): SendLine {
  const remark = `before the others ${Math.round(before.perSecond)}, after them ${Math.round(after.perSecond)} messages a second`
  const problem = before.problem ?? after.problem
  return { ...(before.perSecond > after.perSecond ? before : after), problem, remark }
}

/** Everything that needs the real messages but no campaign of its own; returns their mean size. */
async function measureSpecimen(run: Run, audience: Audience): Promise<number> {
  const { lab, results } = run
  const { options } = lab
  await using specimen = await openSpecimen(lab, audience)
  lab.note(`${specimen.people} recipients of ${specimen.variants} variants`)
  const bytes = await specimen.meanBytes()
  await attempt(run, 'limit', async () => {
    results.sends.push(await measureLimit(lab, options.messages, bytes))
  })
  const ways = { naive: options.naiveMessages, usual: options.usualMessages } as const
  for (const way of ['naive', 'usual'] as const) {
    await attempt(run, way, async () => {
      results.sends.push(await measureBaseline(lab, specimen, way, ways[way]))
    })
  }
  await attempt(run, 'split', async () => {
    results.split = await measureSplit(lab, specimen, options.loopMessages)
  })
  return bytes
}

/** One worker again, with V8's sampler; what it costs is not in the other lines. */
async function measureProfile(lab: Lab, audience: Audience): Promise<ProfileLine> {
  const folder = path.join(lab.folder, 'profile')
  const line = await sendWhole(lab, audience, 'profile', oneWorker(lab), {
    nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${folder}`],
    sendAtMost: PROFILED,
  })
  if (line.problem !== null) throw new Error(`the profiled campaign went wrong: ${line.problem}`)
  return { messages: line.messages, perSecond: line.perSecond, shares: sharesOf(await readProfile(folder)) }
}

async function measureScale(run: Run): Promise<void> {
  const { lab, results, audiences } = run
  const { scale, sendAtMost } = lab.options
  for (const recipients of scale) {
    const name = `scale/${recipients}`
    await attempt(run, name, async () => {
      const audience = await audiences.of(recipients)
      const line = await sendWhole(lab, audience, name, oneWorker(lab), { sendAtMost })
      results.scale.push({ ...line, recipients, imported: audience.imported })
    })
  }
}

async function measureSendGrids(run: Run): Promise<void> {
  const { lab, results, audiences } = run
  for (const batch of [100, 1_000]) {
    await attempt(run, `sendgrid/${batch}`, async () => {
      const audience = await audiences.of(lab.options.sendgridMessages, 'one ZIP')
      results.sendgrid.push(await measureSendGrid(lab, audience, batch))
    })
  }
}

function oneWorker(lab: Lab): Variation {
  return { queue: lab.redis === null ? 'postgres' : 'redis', workers: 1, isSigned: false }
}
