// A profile of a worker (V8's own sampler) added up by what the code is for: where the time goes, not where it should go.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

interface ProfileNode {
  id: number
  callFrame: { functionName: string; url: string }
  children?: number[]
}

export interface CpuProfile {
  nodes: ProfileNode[]
  /** The node that ran at each sample. */
  samples: number[]
  /** Microseconds since the sample before. */
  timeDeltas: number[]
}

export interface Share {
  what: string
  /** Part of the time the thread was busy, from 0 to 1. */
  share: number
}

const IDLE = '(idle)'

/** What a file is for, by the first pattern that its URL matches. */
const PURPOSES: readonly (readonly [what: string, files: RegExp])[] = [
  ['SMTP', /\/delivery\/transports\/|\/nodemailer\//],
  ['MIME', /\/message\/mime\//],
  ['render', /\/message\/|\/campaign\/|\/core\/token|\/handlebars\/|\/mjml|\/parse5\//],
  ['database', /\/pg[-/]|\/kysely\/|\/store\/|\/delivery\/(?:claims|endings|lanes|deliveries|throttles)\./],
  ['queue', /\/bullmq\/|\/ioredis\/|\/queue\//],
  ['send loop', /\/delivery\//],
]

/**
 * Returns the shares of a profile, biggest first. What Node itself does counts for whoever called it; what nobody of these
 * called (timers, sockets before anyone is told) is `Node itself`, and the garbage collector is on its own.
 */
export function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): Share[] {
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const known = new Map<number, string>()
  const purposeOf = (id: number): string => {
    const found = known.get(id) ?? ownPurpose(byId.get(id)) ?? inherited(parents.get(id), purposeOf)
    known.set(id, found)
    return found
  }
  const micros = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const what = purposeOf(id)
    micros.set(what, (micros.get(what) ?? 0) + (timeDeltas[index] ?? 0))
  }
  micros.delete(IDLE)
  const busy = [...micros.values()].reduce((sum, each) => sum + each, 0)
  return [...micros]
    .map(([what, spent]) => ({ what, share: spent / Math.max(1, busy) }))
    .toSorted((a, b) => b.share - a.share)
}

function inherited(parent: number | undefined, purposeOf: (id: number) => string): string {
  return parent === undefined ? 'Node itself' : purposeOf(parent)
}

function ownPurpose(node: ProfileNode | undefined): string | null {
  const { functionName = '', url = '' } = node?.callFrame ?? {}
  if (functionName === IDLE) return IDLE
  if (functionName === '(garbage collector)') return 'garbage collector'
  if (url === '' || url.startsWith('node:')) return null
  return PURPOSES.find(([, files]) => files.test(url))?.[0] ?? 'other code'
}

/** Returns the profile in a folder with the most samples: that of the main thread. Throws when there is none. */
export async function readProfile(folder: string): Promise<CpuProfile> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'))
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')))
  const profiles = texts.map((text) => JSON.parse(text) as CpuProfile)
  const biggest = profiles.toSorted((a, b) => b.samples.length - a.samples.length)[0]
  if (biggest === undefined) throw new Error('the worker left no profile')
  return biggest
}
