// Puts the tables of a run between the markers of README.md, so that no figure in it is typed by hand.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

const FILE = path.join(import.meta.dirname, 'README.md')
const BEGIN = '<!-- results: written by npm run bench -- --write -->'
const END = '<!-- end of results -->'

/** Returns the text with what stands between the markers replaced. Throws when there are no markers. */
export function withResults(text: string, results: string): string {
  const from = text.indexOf(BEGIN)
  const to = text.indexOf(END)
  if (from < 0 || to < from) throw new Error(`README.md needs the markers ${BEGIN} and ${END}`)
  return `${text.slice(0, from + BEGIN.length)}\n\n${results.trim()}\n\n${text.slice(to)}`
}

/** Writes the results into the README of the benchmark. */
export async function writeReadme(results: string): Promise<void> {
  await writeFile(FILE, withResults(await readFile(FILE, 'utf8'), results))
}
