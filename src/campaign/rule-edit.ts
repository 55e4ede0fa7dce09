// Changes the roll calls of campaign.yaml and what their options mean; everything else of the file stays as it is written.
import { RollcallError } from '../core/errors.ts'
import type { RuledStance } from '../congress/stance.ts'
import { readManifest } from './create.ts'
import { editManifest, type Edit } from './manifest-edit.ts'

export type RuleChange =
  | { kind: 'stances'; rollCallId: string; stances: Readonly<Record<string, RuledStance>> }
  | { kind: 'add'; rollCallId: string; role: 'primary' | 'secondary'; stances: Readonly<Record<string, RuledStance>> }
  | { kind: 'remove'; rollCallId: string }
  /** It decides for its chamber; the one that did so far becomes secondary. */
  | { kind: 'primary'; rollCallId: string }

/** Returns campaign.yaml with the change in it. Throws `no_rule` for a roll call the campaign does not have, `has_rule` for one it has. */
export function changeRules(yamlText: string, change: RuleChange): string {
  const { rollCalls } = readManifest({ 'campaign.yaml': yamlText })
  const at = rollCalls.findIndex((rule) => rule.id === change.rollCallId)
  if (at < 0 !== (change.kind === 'add')) throw misfit(change)
  return editManifest(yamlText, editsOf(change, at, rollCalls))
}

type Rules = ReturnType<typeof readManifest>['rollCalls']

function editsOf(change: RuleChange, at: number, rules: Rules): Edit[] {
  if (change.kind === 'remove') return [{ path: ['rollCalls', at], value: undefined }]
  if (change.kind === 'primary') {
    return [...demote(rules, change.rollCallId), { path: ['rollCalls', at, 'role'], value: 'primary' }]
  }
  if (change.kind === 'add') {
    const { rollCallId: id, role, stances } = change
    const demoted = role === 'primary' ? demote(rules, id) : []
    return [...demoted, { path: ['rollCalls', rules.length], value: { id, role, stances } }]
  }
  const before = Object.keys(rules[at]?.stances ?? {})
  const gone = before.filter((option) => !Object.hasOwn(change.stances, option))
  const path = ['rollCalls', at, 'stances']
  return [
    ...Object.entries(change.stances).map(([option, value]) => ({ path: [...path, option], value })),
    ...gone.map((option) => ({ path: [...path, option], value: undefined })),
  ]
}

/** A chamber has one roll call that decides; an id begins with its chamber. */
function demote(rules: Rules, winner: string): Edit[] {
  return rules.flatMap((rule, index) =>
    rule.role === 'primary' && rule.id[0] === winner[0] && rule.id !== winner
      ? [{ path: ['rollCalls', index, 'role'], value: 'secondary' }]
      : [],
  )
}

function misfit({ kind, rollCallId }: RuleChange): RollcallError {
  return kind === 'add'
    ? new RollcallError('has_rule', `the campaign has roll call ${rollCallId} already`, {
        hint: 'change what its options mean instead',
        kind: 'usage',
      })
    : new RollcallError('no_rule', `the campaign has no roll call ${rollCallId}`, {
        hint: 'somebody may have taken it out: load the page again',
        kind: 'usage',
      })
}
