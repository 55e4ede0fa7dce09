// Reads a CSS colour as mail uses it: hex, rgb(), rgba() and the sixteen basic names.
import type { Colour } from './contrast.ts'

const NAMES: Readonly<Record<string, string>> = {
  black: '#000000',
  silver: '#c0c0c0',
  gray: '#808080',
  grey: '#808080',
  white: '#ffffff',
  maroon: '#800000',
  red: '#ff0000',
  purple: '#800080',
  fuchsia: '#ff00ff',
  green: '#008000',
  lime: '#00ff00',
  olive: '#808000',
  yellow: '#ffff00',
  navy: '#000080',
  blue: '#0000ff',
  teal: '#008080',
  aqua: '#00ffff',
  transparent: '#00000000',
}

/** Returns the colour, or null for anything else (`inherit`, gradients, names beyond the basic ones). */
export function parseColour(text: string): Colour | null {
  const value = text.trim().toLowerCase()
  return fromHex(NAMES[value] ?? value) ?? fromRgb(value)
}

function fromHex(value: string): Colour | null {
  const digits = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(value)?.[1]
  if (digits === undefined) return null
  const long = digits.length <= 4 ? digits.replace(/./g, '$&$&') : digits
  const byte = (at: number) => Number.parseInt(long.slice(at, at + 2), 16)
  return { red: byte(0), green: byte(2), blue: byte(4), alpha: long.length === 8 ? byte(6) / 255 : 1 }
}

function fromRgb(value: string): Colour | null {
  const parts = /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(0|1|0?\.\d+|\d{1,3}%)\s*)?\)$/.exec(
    value,
  )
  if (parts === null) return null
  const [red, green, blue] = parts.slice(1, 4).map((part) => Math.min(255, Number(part))) as [number, number, number]
  return { red, green, blue, alpha: alphaOf(parts[4]) }
}

function alphaOf(text: string | undefined): number {
  if (text === undefined) return 1
  return text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
}
