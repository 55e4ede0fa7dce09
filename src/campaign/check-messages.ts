// The part of the check that looks at messages: one of every combination is rendered as it would be sent, and linted.
import type { Clock } from '../core/clock.ts'
import { buildView } from '../message/build-view.ts'
import { lintMessage } from '../message/lint/lint-message.ts'
import type { Message } from '../message/message.ts'
import type { Problem } from '../message/problem.ts'
import { renderFull } from '../message/template.ts'
import type { PersonView, VariantView } from '../message/view.ts'
import { RollcallError } from '../core/errors.ts'
import type { CampaignRow } from './campaigns.ts'
import { createScriptCheck, type ScriptCheck } from './check-scripts.ts'
import { combination } from './combination.ts'
import { composeMessage, skeletonsOf, type Sender } from './composer.ts'
import type { Definition } from './definition.ts'
import type { Variant } from './variants.ts'

/** Long enough to show what a long name and address do to lines and sizes. */
const LONG = { firstName: 'Maximiliana-Josephine', lastName: 'Featherstonehaugh-Cholmondeley', zip: '99999' }
const LONG_ADDRESS = `${'long.'.repeat(8)}address@subscribers.example.org`

/** Returns the problems of the messages to these variants, each once, with the places where it occurs. */
export async function checkMessages(
  definition: Definition,
  campaign: CampaignRow,
  variants: readonly Variant[],
  sender: Sender,
  clock: Clock,
): Promise<Problem[]> {
  const checkScripts = await createScriptCheck(definition)
  const found = new Map<string, { problem: Problem; where: string[] }>()
  const add = (problem: Problem, where: string) => {
    const key = `${problem.severity} ${problem.code} ${alike(problem)}`
    const known = found.get(key) ?? { problem, where: [] }
    known.where.push(where)
    found.set(key, known)
  }
  for (const problem of definition.template.fullRender) add(problem, '')
  for (const variant of oneOfEach(variants)) {
    const view = buildView(variant.match, definition.facts)
    const where = `${variant.match.outcome}${variant.candidates ? ` (${variant.candidates.split(',').slice(0, 3).join(', ')})` : ''}`
    for (const problem of lintVariant({ definition, campaign, checkScripts, sender, clock }, variant, view))
      add(problem, where)
  }
  return [...found.values()].map(({ problem, where }) => ({
    ...problem,
    message: withPlaces(problem.message, where.filter(Boolean)),
  }))
}

/** Problems whose quotation is an example: another name in it makes no other problem. */
const BY_EXAMPLE = /^(?:contrast|subject|preheader)_/

/** Returns what two messages have in common that differ in a token or a measure only; colours and quotations count. */
function alike({ code, message }: Problem): string {
  return message
    .replace(/\/[A-Za-z0-9_-]{20,}/g, '/…')
    .replace(/"[^"]*"/g, (quotation) => (BY_EXAMPLE.test(code) ? '…' : quotation))
    .replace(/"[^"]*"|#[0-9a-f]{6}|\d+/g, (part) => (/^\d/.test(part) ? '0' : part))
}

function oneOfEach(variants: readonly Variant[]): Variant[] {
  return [...new Map(variants.map((variant) => [combination(variant.match), variant])).values()]
}

function withPlaces(message: string, where: string[]): string {
  if (where.length === 0) return message
  const more = where.length > 2 ? ` and ${where.length - 2} more` : ''
  return `${message} [${where.slice(0, 2).join('; ')}${more}]`
}

/** What the messages of all variants are made from. */
interface Making {
  definition: Definition
  campaign: CampaignRow
  checkScripts: ScriptCheck
  sender: Sender
  clock: Clock
}

function lintVariant(making: Making, { match }: Variant, view: VariantView): Problem[] {
  const { definition, checkScripts, sender } = making
  try {
    const message = composeSample(making, match)
    const person: PersonView = {
      ...LONG,
      address: LONG_ADDRESS,
      ...sender.links.person({ deliveryId: 0n, subscriberId: 0n }),
    }
    const { preheader } = renderFull(definition.template, view, person)
    const linted = lintMessage(
      { subject: message.subject, preheader, html: message.html, text: message.text, rawBytes: message.raw().length },
      { view, unsubscribeUrl: person.unsubscribeUrl },
    )
    return [...checkScripts(view, person), ...linted]
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    return [
      { severity: 'error', code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) },
    ]
  }
}

function composeSample({ definition, campaign, sender, clock }: Making, match: Variant['match']): Message {
  const recipient = {
    ...LONG,
    campaignId: campaign.id,
    deliveryId: '0',
    subscriberId: '0',
    variant: 0,
    address: LONG_ADDRESS,
    needsSmtpUtf8: false,
  }
  return composeMessage(
    definition,
    skeletonsOf(definition, match),
    recipient,
    campaign.launched_at ?? clock.now(),
    sender,
  )
}
