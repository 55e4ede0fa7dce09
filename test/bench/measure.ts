// The order of a run: the limit first and last, everything else in between on the same machine.
import path from 'node:path'
import { createAudiences, type Audience, type Audiences } from './audience.ts'
import { measureBaseline } from './baseline.ts'
import type { Lab } from './lab.ts'
import { measureLimit } from './limit.ts'
import { describeMachine } from './machine.ts'
import { wants } from './options.ts'
import { readProfile, sharesOf } from './profile.ts'
import type { ProfileLine, Results, ScaleLine, SendLine } from './results.ts'
import { sendWhole, variations, type Variation } from './rollcall.ts'
import { measureSendGrid } from './sendgrid.ts'
import { openSpecimen } from './specimen.ts'
import { measureSplit } from './split.ts'

/** Messages of the profiled worker, at most. */
const PROFILED = 20_000

/** Measures everything the options want. */
export async function measure(lab: Lab): Promise<Results> {
  const audiences = createAudiences(lab)
  const results: Results = {
    machine: await describeMachine(lab),
    connections: lab.options.connections,
    settings: lab.options.settings,
    meanBytes: null,
    sends: [],
    split: null,
    profile: null,
    scale: [],
    sendgrid: [],
    imported: null,
  }
  await measureSends(lab, audiences, results)
  await measureScale(lab, audiences, results)
  if (wants(lab.options, 'sendgrid')) {
    const audience = await audiences.of(lab.options.sendgridMessages, 'one ZIP')
    for (const batch of [100, 1_000]) results.sendgrid.push(await measureSendGrid(lab, audience, batch))
  }
  if (wants(lab.options, 'import')) results.imported = (await audiences.of(lab.options.importRows)).imported
  return results
}

async function measureSends(lab: Lab, audiences: Audiences, results: Results): Promise<void> {
  const { options } = lab
  const whole = variations(lab)
  if (!['limit', 'naive', 'usual', 'split', 'profile'].some((name) => wants(options, name)) && whole.size === 0) return
  const audience = await audiences.of(options.messages)
  const bytes = await measureSpecimen(lab, audiences, results)
  results.meanBytes = bytes
  if (wants(options, 'profile')) results.profile = await measureProfile(lab, audience)
  for (const [name, variation] of whole) results.sends.push(await sendWhole(lab, audience, name, variation))
  if (wants(options, 'limit')) {
    // A machine that got slower or faster meanwhile must not flatter us: the faster of the two is the limit.
    const again = await measureLimit(lab, options.messages, bytes)
    const first = results.sends.findIndex((line) => line.name === 'limit')
    const before = results.sends[first]
    if (before !== undefined) results.sends[first] = faster(before, again)
  }
}

/** One worker again, with V8's sampler; what it costs is not in the other lines. */
async function measureProfile(lab: Lab, audience: Audience): Promise<ProfileLine> {
  const folder = path.join(lab.folder, 'profile')
  const plain: Variation = { queue: lab.redis === null ? 'postgres' : 'redis', workers: 1, isSigned: false }
  const line = await sendWhole(lab, audience, 'profile', plain, {
    nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${folder}`],
    sendAtMost: Math.min(audience.people, PROFILED),
  })
  if (line.problem !== null) throw new Error(`the profiled campaign went wrong: ${line.problem}`)
  return { messages: line.messages, perSecond: line.perSecond, shares: sharesOf(await readProfile(folder)) }
}

function faster(before: SendLine, after: SendLine): SendLine {
  const remark = `before the others ${Math.round(before.perSecond)}, after them ${Math.round(after.perSecond)} messages a second`
  const problem = before.problem ?? after.problem
  return { ...(before.perSecond > after.perSecond ? before : after), problem, remark }
}

/** Everything that needs the real messages but no campaign of its own; returns their mean size. */
async function measureSpecimen(lab: Lab, audiences: Audiences, results: Results): Promise<number> {
  const { options } = lab
  await using specimen = await openSpecimen(lab, await audiences.of(options.messages))
  lab.note(`${specimen.people} recipients of ${specimen.variants} variants`)
  const bytes = await specimen.meanBytes()
  if (wants(options, 'limit')) results.sends.push(await measureLimit(lab, options.messages, bytes))
  for (const [way, count] of [
    ['naive', options.naiveMessages],
    ['usual', options.usualMessages],
  ] as const) {
    if (wants(options, way)) results.sends.push(await measureBaseline(lab, specimen, way, count))
  }
  if (wants(options, 'split')) results.split = await measureSplit(lab, specimen, options.loopMessages)
  return bytes
}

async function measureScale(lab: Lab, audiences: Audiences, results: Results): Promise<void> {
  const { options } = lab
  if (!wants(options, 'scale')) return
  const queue = lab.redis === null ? 'postgres' : 'redis'
  for (const recipients of options.scale) {
    const audience = await audiences.of(recipients)
    const name = `scale/${recipients}`
    const line = await sendWhole(
      lab,
      audience,
      name,
      { queue, workers: 1, isSigned: false },
      {
        sendAtMost: options.sendAtMost,
      },
    )
    const scaled: ScaleLine = { ...line, recipients, imported: audience.imported }
    results.scale.push(scaled)
  }
}
