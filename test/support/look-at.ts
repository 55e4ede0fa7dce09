// Measures an open page as its reader sees it: edges, sizes, contrast and order, computed in the page itself.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Page } from 'playwright-core'

export interface Look {
  scrollWidth: number
  /** Elements that reach past the right edge. */
  beyondEdge: string[]
  /** Text below 4.5:1 (WCAG 2.2 AA) against everything that lies behind it. */
  pale: string[]
  /** Text below 14 px. */
  smallText: string[]
  /** Paragraphs and list items of the letter below 16 px, asides (.soft) left out. */
  smallParagraphs: string[]
  buttons: number
  /** Links drawn as buttons that are less than 44 px high. */
  lowButtons: string[]
  /** The levels of the headings, in order. */
  headings: number[]
  /** Blocks that stand above the block they follow. */
  upwards: string[]
  /** The ground of the page is darker than its text. */
  darkPaper: boolean
}

/** Returns what the page at its present size and colour scheme looks like. */
export function lookAt(page: Page): Promise<Look> {
  return page.evaluate(look)
}

/** Runs in the page: nothing from outside this function is there. */
function look(): Look {
  type Paint = [red: number, green: number, blue: number, alpha: number]
  const all = [...document.body.querySelectorAll<HTMLElement>('*')]
  const isSeen = (element: Element) => {
    const { width, height } = element.getBoundingClientRect()
    return width > 0 && height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  }
  const wordsOf = (element: Element) => (element.textContent ?? '').replace(/\s+/g, ' ').trim().slice(0, 40)

  const paint = (css: string): Paint => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (css.match(/[\d.]+/g) ?? []).map(Number)
    return [red, green, blue, alpha]
  }
  const over = (top: Paint, below: Paint): Paint => {
    const mix = (at: 0 | 1 | 2) => top[at] * top[3] + below[at] * (1 - top[3])
    return [mix(0), mix(1), mix(2), 1]
  }
  const luminance = (colour: Paint) => {
    const part = (at: 0 | 1 | 2) => {
      const value = colour[at] / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    }
    return 0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2)
  }
  const contrast = (a: Paint, b: Paint) => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  const probe = document.createElement('i')
  probe.style.backgroundColor = 'Canvas'
  document.body.append(probe)
  const canvas = paint(getComputedStyle(probe).backgroundColor)
  probe.remove()
  const groundOf = (element: Element): Paint => {
    const layers: Paint[] = []
    for (let at: Element | null = element; at; at = at.parentElement)
      layers.push(paint(getComputedStyle(at).backgroundColor))
    return layers.reduceRight((below, layer) => over(layer, below), canvas)
  }

  const withText = all.filter(
    (element) =>
      isSeen(element) && [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? '').trim()),
  )
  const sizeOf = (element: Element) => Number.parseFloat(getComputedStyle(element).fontSize)
  const small = (elements: Element[], least: number) =>
    elements.filter((element) => sizeOf(element) < least).map((element) => `${wordsOf(element)}: ${sizeOf(element)}px`)
  const show = ([red, green, blue]: Paint) => `rgb(${[red, green, blue].map(Math.round).join(', ')})`
  const pale = withText.flatMap((element) => {
    const ground = groundOf(element)
    const ink = over(paint(getComputedStyle(element).color), ground)
    const ratio = contrast(ink, ground)
    return ratio < 4.5 ? [`${wordsOf(element)}: ${ratio.toFixed(2)} ${show(ink)} on ${show(ground)}`] : []
  })
  const buttons = all.filter(
    (element) => element.matches('a') && isSeen(element) && getComputedStyle(element).display === 'block',
  )
  const blocks = all.filter((element) => element.matches('h1,h2,h3,h4,h5,h6,p,li') && isSeen(element))
  const topOf = (element: Element | undefined) => element?.getBoundingClientRect().top ?? -Infinity
  // A wide table that scrolls within itself is not beyond the edge.
  const isInScroller = (element: Element): boolean => {
    for (let at = element.parentElement; at; at = at.parentElement)
      if (/auto|scroll/.test(getComputedStyle(at).overflowX) && at !== document.documentElement && at !== document.body)
        return true
    return false
  }
  return {
    scrollWidth: document.documentElement.scrollWidth,
    beyondEdge: all
      .filter(
        (element) =>
          isSeen(element) && element.getBoundingClientRect().right > innerWidth + 1 && !isInScroller(element),
      )
      .map((element) => `${element.tagName} ${wordsOf(element)}`),
    pale,
    smallText: small(withText, 14),
    smallParagraphs: small(
      withText.filter((element) => element.matches('.sheet p:not(.soft), .sheet li')),
      16,
    ),
    buttons: buttons.length,
    lowButtons: buttons
      .filter((element) => element.getBoundingClientRect().height < 44)
      .map((element) => `${wordsOf(element)}: ${Math.round(element.getBoundingClientRect().height)}px`),
    headings: blocks
      .filter((element) => /^H\d$/.test(element.tagName))
      .map((element) => Number(element.tagName.slice(1))),
    upwards: blocks.filter((element, at) => topOf(element) < topOf(blocks[at - 1]) - 1).map(wordsOf),
    darkPaper: luminance(groundOf(document.body)) < 0.2,
  }
}
