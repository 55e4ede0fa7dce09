// State machines as tables: the one place that says which state may follow which.
import { RollcallError } from './errors.ts'

/** For each state, the states that may follow it. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>

/** Returns whether `to` may follow `from`. */
export function canMove<State extends string>(table: Transitions<State>, from: State, to: State): boolean {
  return table[from].includes(to)
}

/** Returns the states from which `to` may be reached, for the WHERE of an UPDATE. */
export function statesBefore<State extends string>(table: Transitions<State>, to: State): State[] {
  return (Object.keys(table) as State[]).filter((from) => table[from].includes(to))
}

/** Throws `bad_transition` when `to` may not follow `from`; `what` names the thing in the message. */
export function assertMove<State extends string>(
  table: Transitions<State>,
  from: State,
  to: State,
  what: string,
): void {
  if (canMove(table, from, to)) return
  const next = table[from]
  throw new RollcallError('bad_transition', `${what} is ${from} and cannot become ${to}`, {
    hint: next.length > 0 ? `from ${from} it can become ${next.join(', ')}` : `${from} is final`,
  })
}

/** Returns the pairs `from --> to` of a mermaid state diagram, for the test that compares it with its table. */
export function diagramMoves(markdown: string): [from: string, to: string][] {
  return [...markdown.matchAll(/^\s*(?:\*\s+)?([a-z_]+|\[\*\]) --> ([a-z_]+|\[\*\])/gm)].map((m) => [
    m[1] ?? '',
    m[2] ?? '',
  ])
}
