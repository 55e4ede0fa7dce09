// The lint: everything that would stop or shame one rendered message, in one list.
import type { Problem } from '../problem.ts'
import type { VariantView } from '../view.ts'
import { lintClaims } from './claims.ts'
import { lintContrast } from './contrast.ts'
import { lintFooter, lintOneClick } from './footer.ts'
import { lintInboxLines, lintLeftovers, lintText } from './lines.ts'
import { lintAccess, lintElements, lintImages, lintLinks } from './markup.ts'
import { readPage } from './page.ts'
import { lintSize } from './size.ts'
import { lintTallies } from './tallies.ts'

/** One message as one subscriber gets it. */
export interface Rendered {
  subject: string
  preheader: string
  html: string
  text: string
  /** Bytes of the whole encoded message. */
  rawBytes: number
}

export interface LintFacts {
  /** What the template saw when it rendered this message. */
  view: VariantView
  /** The opt-out link this message must show. */
  unsubscribeUrl: string
}

/** Returns the problems of one rendered message, each once: errors stop a launch, warnings need a look. */
export function lintMessage(rendered: Rendered, facts: LintFacts): Problem[] {
  const { view, unsubscribeUrl } = facts
  const page = readPage(rendered.html)
  return distinct([
    ...lintSize(rendered.html, rendered.rawBytes),
    ...lintInboxLines(rendered.subject, rendered.preheader),
    ...lintText(rendered.text),
    ...lintElements(page),
    ...lintLinks(page),
    ...lintImages(page),
    ...lintAccess(page, view.campaign.language),
    ...lintContrast(page),
    ...lintFooter(page, rendered.text, view.campaign, unsubscribeUrl),
    ...lintOneClick(unsubscribeUrl),
    ...copies(rendered, page.text).flatMap((copy) => lintCopy(copy, view)),
  ])
}

interface Copy {
  where: string
  words: string
  isHtml: boolean
}

function copies({ subject, preheader, text }: Rendered, htmlText: string): Copy[] {
  return [
    { where: 'the subject', words: subject, isHtml: false },
    { where: 'the preheader', words: preheader, isHtml: false },
    { where: 'the text part', words: text, isHtml: false },
    { where: 'the HTML part', words: htmlText, isHtml: true },
  ]
}

function lintCopy({ where, words, isHtml }: Copy, view: VariantView): Problem[] {
  const { house, senate } = view.campaign
  const rollCalls = [house, senate].filter((each) => each !== null)
  return [
    ...lintTallies(words, where, rollCalls),
    ...lintClaims(words, where, view),
    ...lintLeftovers(words, where, isHtml),
  ]
}

function distinct(problems: Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.code} ${problem.message}`, problem])).values()]
}
