// The dark half of a page's style sheets: what @media (prefers-color-scheme: dark) lays over the inline styles.
import type { Page } from './page.ts'
import { matches, readSelector, type Selector } from './selector.ts'
import { readDeclarations, type Declaration } from './style.ts'
import type { ParseElement } from './page.ts'

/** One selector with its declarations. */
export interface DarkRule {
  selector: Selector
  declarations: readonly Declaration[]
}

/**
 * Returns the rules for dark mode, the weakest first, so that later ones win.
 * Selectors beyond tags, classes, descendants and children (`[data-ogsc]`, `:hover`) are left out: no browser shows them at rest.
 */
export function darkRules({ elements }: Page): DarkRule[] {
  const sheets = elements.filter(({ tagName }) => tagName === 'style').map(sheetOf)
  const rules = sheets.flatMap((sheet) =>
    blocks(sheet)
      .filter(isDark)
      .flatMap(({ body }) => blocks(body)),
  )
  return rules.flatMap(rulesOf).toSorted((a, b) => a.selector.weight - b.selector.weight)
}

/** Returns the element's declarations with the dark rules laid over its own: !important ones win, others fill gaps. */
export function darkStyle(
  element: ParseElement,
  own: ReadonlyMap<string, string>,
  rules: readonly DarkRule[],
): ReadonlyMap<string, string> {
  const laid = rules.filter(({ selector }) => matches(selector, element)).flatMap((rule) => rule.declarations)
  const merged = new Map(own)
  for (const { property, value } of laid.filter((each) => !each.isImportant && !own.has(each.property)))
    merged.set(property, value)
  for (const { property, value } of laid.filter((each) => each.isImportant)) {
    // The shorthand resets the colour that was set apart from it.
    if (property === 'background') merged.delete('background-color')
    merged.set(property, value)
  }
  return merged
}

interface Block {
  prelude: string
  body: string
}

function isDark({ prelude }: Block): boolean {
  return /^@media\b.*prefers-color-scheme\s*:\s*dark/is.test(prelude)
}

function rulesOf({ prelude, body }: Block): DarkRule[] {
  const declarations = readDeclarations(body)
  return prelude.split(',').flatMap((text) => {
    const selector = readSelector(text)
    return selector === null ? [] : [{ selector, declarations }]
  })
}

function sheetOf(element: ParseElement): string {
  const text = element.childNodes.map((node) => ('value' in node ? node.value : '')).join('')
  return text.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ')
}

/** Returns the outermost `prelude { body }` blocks; statements without a body are left out. */
function blocks(sheet: string): Block[] {
  const found: Block[] = []
  let start = 0
  let open = -1
  let depth = 0
  for (let at = 0; at < sheet.length; at++) {
    const char = sheet[at]
    if (char === '{' && depth++ === 0) open = at
    else if (char === ';' && depth === 0) start = at + 1
    else if (char === '}' && depth > 0 && --depth === 0) {
      found.push({ prelude: sheet.slice(start, open).trim(), body: sheet.slice(open + 1, at) })
      start = at + 1
    }
  }
  return found
}
