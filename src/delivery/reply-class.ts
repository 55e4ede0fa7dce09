// Looks a reply up in the tables: by its words, and by its codes.
import type { Provider } from '../audience/provider.ts'
import {
  CODE_RULES,
  ENHANCED_RULES,
  PROVIDER_RULES,
  TEXT_RULES,
  type ReplyClass,
  type TextRule,
} from './reply-rules.ts'
import type { Reply } from './transport.ts'

/** Returns the rule whose words stand in the text: a provider's own words before everybody's; null when there is none. */
export function ruleOfWords(text: string, provider: Provider): TextRule | null {
  const own = PROVIDER_RULES.find((rule) => rule.provider === provider && rule.words.test(text))
  return own ?? TEXT_RULES.find((rule) => rule.words.test(text)) ?? null
}

/** Returns what the codes say; the enhanced code (RFC 3463) before the reply code (RFC 5321), 0 being none. */
export function classOfCodes({ code, enhanced }: Pick<Reply, 'code' | 'enhanced'>): ReplyClass {
  const better = byTable(ENHANCED_RULES, enhanced)
  // A 4.3.2 says no more than "not now": that the server closes (421) says who is meant, and it is not the mailbox.
  const isVague = better === undefined || (better === 'transient' && code === 421)
  return isVague ? (byTable(CODE_RULES, String(code)) ?? 'unknown') : better
}

function byTable(table: readonly (readonly [RegExp, ReplyClass])[], code: string | null): ReplyClass | undefined {
  return code === null ? undefined : table.find(([pattern]) => pattern.test(code))?.[1]
}
