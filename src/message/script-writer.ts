// What a caller reads aloud for one seat, outside any message: the manifest's scripts for the public scoreboard.
import { RollcallError } from '../core/errors.ts'
import { expandFile } from './expand.ts'
import type { Manifest } from './manifest.ts'
import { resolveNames } from './scope.ts'
import { readTree } from './tree.ts'
import { textOf } from './source.ts'
import { buildPart, rootContext, standIns } from './template.ts'
import type { SeatView, VariantView } from './view.ts'

/** Returns the sentences for a seat of a view, in order; none when nobody can be called or the campaign has no words for it. */
export type WriteScript = (view: VariantView, seat: SeatView, zip: string) => string[]

const FILE = 'script.txt.hbs'
const SOURCE = '{{#each seats}}\n{{> script}}\n{{/each}}\n'

/** Returns the writer of a campaign's scripts; throws `bad_script` for scripts that no check has passed. */
export function scriptWriter(manifest: Manifest): WriteScript {
  const { parts, problems } = expandFile({ [FILE]: SOURCE }, manifest, FILE, 'text')
  const tree = readTree(textOf(parts), { trimLines: true })
  const resolved = tree.ok ? resolveNames(tree.nodes) : null
  if (problems.length > 0 || resolved === null || resolved.findings.length > 0)
    throw new RollcallError('bad_script', 'the scripts of the campaign do not compile', {
      hint: 'rollcall campaign check lists every problem',
    })
  const { full } = buildPart(resolved.nodes, { escape: false })
  const nobody = standIns(new Set())
  return (view, seat, zip) => {
    if (seat.callName === '') return []
    const text = full(rootContext({ ...view, seats: [seat] }, { ...nobody, zip }))
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
  }
}
