// The parts that the law and the mailbox providers want in every message, in the HTML and in the text.
import type { Problem } from '../problem.ts'
import type { CampaignView } from '../view.ts'
import { attribute, isHidden, visibleText, type Page, type ParseElement } from './page.ts'

/** Some receivers cut longer URIs in List-Unsubscribe; a token is 36 characters for millions of deliveries. */
const MAX_ONE_CLICK = 70
const TOKEN = 36

/** Returns a notice when the installation's base URL makes the one-click link longer than every receiver reads. */
export function lintOneClick(unsubscribeUrl: string): Problem[] {
  const length = unsubscribeUrl.lastIndexOf('/') + 1 + TOKEN
  if (length <= MAX_ONE_CLICK) return []
  const message = `the one-click link has ${length} characters; ${MAX_ONE_CLICK} are safe: ${unsubscribeUrl}`
  const hint = `use a base URL of at most ${MAX_ONE_CLICK - TOKEN - '/u/'.length} characters`
  return [{ severity: 'notice', code: 'one_click_long', message, hint }]
}

/**
 * Returns what is missing of: the postal address and the opt-out (15 USC 7704(a)(3) and (5), whatever the purpose),
 * who we are, and the legal line. White space and punctuation may differ from the manifest's, words may not.
 */
export function lintFooter(page: Page, text: string, campaign: CampaignView, unsubscribeUrl: string): Problem[] {
  const parts = [
    { where: 'the HTML part', words: wordsOf(page.text), hasOptOut: hasVisibleLink(page, unsubscribeUrl) },
    { where: 'the text part', words: wordsOf(text), hasOptOut: text.split(/\s+/).includes(unsubscribeUrl) },
  ]
  return parts.flatMap(({ where, words, hasOptOut }) => [
    ...(hasOptOut ? [] : [missing(where, 'unsubscribe link', 'error', '{{url unsubscribeUrl}}')]),
    ...lacks(words, campaign.organisation.postalAddress, where, 'postal address', 'error', 'postalAddress'),
    ...lacks(words, campaign.organisation.who, where, 'sentence on who we are', 'error', 'who'),
    ...lacks(words, campaign.organisation.legal, where, 'legal line', 'warning', 'legal'),
  ])
}

function lacks(
  words: string,
  needed: string,
  where: string,
  what: string,
  severity: 'error' | 'warning',
  field: string,
): Problem[] {
  return words.includes(wordsOf(needed)) ? [] : [missing(where, what, severity, `{{campaign.organisation.${field}}}`)]
}

function missing(where: string, what: string, severity: 'error' | 'warning', expression: string): Problem {
  const code = `${what.replace(/ .*/, '')}_missing`
  return { severity, code, message: `${where} has no ${what}`, hint: `put ${expression} into the footer` }
}

function wordsOf(text: string): string {
  return ` ${
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join(' ') ?? ''
  } `
}

function hasVisibleLink({ elements }: Page, url: string): boolean {
  const links = elements.filter((each) => each.tagName === 'a' && attribute(each, 'href') === url)
  return links.some((link) => visibleText(link) !== '' && !ancestors(link).some(isHidden))
}

function ancestors(element: ParseElement): ParseElement[] {
  const above: ParseElement[] = [element]
  for (let node = element.parentNode; node !== null && 'tagName' in node; node = node.parentNode) above.push(node)
  return above
}
