// What may stand in mail HTML: no active content, links over https, images that can be missed, a language, headings.
import type { Problem } from '../problem.ts'
import { attribute, isHidden, visibleText, type Page, type ParseElement } from './page.ts'

const FORBIDDEN = new Set(
  (
    'script form input button select textarea link base iframe frame frameset object embed applet audio video ' +
    'source track canvas svg math template amp-img amp-list amp-form'
  ).split(' '),
)
const URL_ATTRIBUTES = ['href', 'src', 'background', 'action', 'srcset', 'poster']

/** Returns what mail programs would strip, block or misuse: active elements, handlers, AMP, refreshes. */
export function lintElements({ elements }: Page): Problem[] {
  return elements.flatMap((element) => [...forbiddenElement(element), ...forbiddenAttributes(element)])
}

function forbiddenElement(element: ParseElement): Problem[] {
  const isRefresh = element.tagName === 'meta' && /^refresh$/i.test(attribute(element, 'http-equiv') ?? '')
  if (!FORBIDDEN.has(element.tagName) && !element.tagName.startsWith('amp-') && !isRefresh) return []
  const message = `the HTML part holds a <${element.tagName}>${isRefresh ? ' refresh' : ''}`
  return [error('forbidden_element', message, 'mail programs strip or block it; leave it out')]
}

function forbiddenAttributes(element: ParseElement): Problem[] {
  return element.attrs
    .filter(({ name }) => name.startsWith('on') || name === '⚡4email' || name === 'amp4email')
    .map(({ name }) => error('forbidden_attribute', `<${element.tagName}> has the attribute ${name}`, 'leave it out'))
}

/** Returns the links and sources that are not https; mailto and tel may be linked to, this machine is a trial. */
export function lintLinks({ elements }: Page): Problem[] {
  const urls = elements.flatMap((element) => urlsOf(element).map((url) => ({ element, url })))
  return urls.flatMap(({ element, url }) => linkProblem(element.tagName, url))
}

function urlsOf(element: ParseElement): string[] {
  const named = URL_ATTRIBUTES.flatMap((name) => attribute(element, name) ?? [])
  const style = attribute(element, 'style') ?? ''
  const styled = [...style.matchAll(/url\(\s*["']?([^"')]*)/gi)].map((match) => match[1] ?? '')
  return [...named, ...styled].map((url) => url.trim())
}

function linkProblem(tag: string, text: string): Problem[] {
  const url = URL.parse(text)
  if (url?.protocol === 'https:') return []
  if (tag === 'a' && (url?.protocol === 'mailto:' || url?.protocol === 'tel:')) return []
  const shown = `<${tag}> points to ${JSON.stringify(text.slice(0, 100))}`
  if (url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    const message = `${shown}, which only this machine can open`
    return [{ severity: 'warning', code: 'local_link', message, hint: 'set ROLLCALL_BASE_URL before a real send' }]
  }
  return [error('link_not_https', `${shown}, which is not https`, 'write https://…, or mailto: or tel: in a link')]
}

/** Returns images that say nothing when they are blocked, jump when they load, or only count who opens (threat T28). */
export function lintImages({ elements }: Page): Problem[] {
  return elements.filter(({ tagName }) => tagName === 'img').flatMap(imageProblems)
}

function imageProblems(image: ParseElement): Problem[] {
  const name = JSON.stringify((attribute(image, 'src') ?? '').slice(0, 100))
  const problems: Problem[] = []
  if (attribute(image, 'alt') === null) {
    problems.push(
      error('image_without_alt', `the image ${name} has no alt text`, 'say what it shows, or alt="" for decoration'),
    )
  }
  const sizes = ['width', 'height'].map((side) => attribute(image, side))
  if (sizes.includes(null)) {
    const message = `the image ${name} has no width or height`
    problems.push({ severity: 'warning', code: 'image_without_size', message, hint: 'give both, in pixels' })
  }
  if (sizes.some((size) => size !== null && /^[01](?:px)?$/.test(size))) {
    problems.push(error('tracking_pixel', `the image ${name} is too small to see`, 'open tracking is off; remove it'))
  }
  return problems
}

/** Returns what screen readers miss: the language, a heading, layout tables marked as such. */
export function lintAccess({ elements }: Page, language: string): Problem[] {
  const root = elements.find(({ tagName }) => tagName === 'html')
  const lang = root === undefined ? null : attribute(root, 'lang')
  return [...langProblems(lang, language), ...headingProblems(elements), ...tableProblems(elements)]
}

function langProblems(lang: string | null, language: string): Problem[] {
  if (lang === null || lang === '')
    return [error('lang_missing', '<html> has no lang', `write <mjml lang="${language}">`)]
  if (lang.toLowerCase() === language.toLowerCase()) return []
  const message = `<html> says lang="${lang}", the campaign says ${language}`
  return [{ severity: 'warning', code: 'lang_differs', message, hint: `write <mjml lang="${language}">` }]
}

function headingProblems(elements: readonly ParseElement[]): Problem[] {
  const headings = elements.filter(
    (each) => /^h[1-6]$/.test(each.tagName) && !isHidden(each) && visibleText(each) !== '',
  )
  if (headings.some(({ tagName }) => tagName === 'h1')) return []
  const message = headings.length > 0 ? 'the HTML part has no <h1>' : 'the HTML part has no heading'
  return [{ severity: 'warning', code: 'heading_missing', message, hint: 'write real <h1> and <h2> inside mj-text' }]
}

function tableProblems(elements: readonly ParseElement[]): Problem[] {
  const bare = elements.filter((each) => each.tagName === 'table' && attribute(each, 'role') === null)
  if (bare.length === 0) return []
  const message = `${bare.length} of the tables have no role`
  return [{ severity: 'notice', code: 'table_without_role', message, hint: 'role="presentation" on layout tables' }]
}

function error(code: string, message: string, hint: string): Problem {
  return { severity: 'error', code, message, hint }
}
