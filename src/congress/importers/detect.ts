// What a file is, judged by its content, and the file read in its own format.
import { JSON_SCHEMA, load } from 'js-yaml'
import { messageOf } from '../../core/errors.ts'
import { readCongressJson } from './congress-json.ts'
import { readHouseClerk } from './house-clerk.ts'
import { readLegislators } from './legislators.ts'
import type { ParsedFile } from './parsed.ts'
import { refuse } from './refuse.ts'
import { readSenate } from './senate.ts'
import { readTermsCsv, TERMS_HEADER } from './terms-csv.ts'
import { readText } from './text.ts'
import { readXml } from './xml.ts'
import { readZipMap, ZIP_MAP_HEADER } from './zip-map.ts'

/** Returns the content of any file the product knows; refuses anything else. The name of the file plays no part. */
export function readCongressFile(bytes: Uint8Array): ParsedFile {
  const text = readText(bytes)
  const start = text.trimStart()
  if (start.startsWith('<')) return readXmlFile(start)
  if (start.startsWith('{')) return readCongressJson(readJson(text))
  if (start.startsWith('[')) return readLegislators(readJson(text))
  const header = start.slice(0, 400).split(/\r?\n/, 1)[0] ?? ''
  if (sharesColumns(header, ZIP_MAP_HEADER, 'zcta')) return readZipMap(text)
  if (sharesColumns(header, TERMS_HEADER, 'end_scheduled')) return readTermsCsv(text)
  if (header.startsWith('last_name,first_name') || header.includes('bioguide_id')) {
    refuse(
      'this table of legislators has no term dates',
      'use legislators-current.yaml and legislators-historical.yaml of the same project',
    )
  }
  if (/^(---|#|- )/.test(start)) return readLegislators(readYaml(text))
  return refuse(`the file is of no known kind; it starts with "${start.slice(0, 40)}"`, KNOWN)
}

const KNOWN = 'known are legislators (YAML, JSON), roll calls (House XML, Senate XML, JSON) and ZIP maps (CSV)'

function readXmlFile(text: string): ParsedFile {
  const root = readXml(text)
  if (root.name === 'rollcall-vote') return readHouseClerk(root)
  if (root.name === 'roll_call_vote') return readSenate(root)
  return refuse(
    `<${root.name.slice(0, 40)}> is no roll call`,
    'a House roll call starts with <rollcall-vote>, a Senate one with <roll_call_vote>',
  )
}

function sharesColumns(header: string, known: readonly string[], telling: string): boolean {
  const columns = header.split(',')
  return columns.includes(telling) && columns.every((column) => known.includes(column))
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    return refuse(`the JSON is broken: ${messageOf(cause)}`)
  }
}

/** The JSON schema of YAML: no dates, no custom types; and no aliases, which could swell. */
function readYaml(text: string): unknown {
  try {
    return load(text, { schema: JSON_SCHEMA, maxAliases: 0, maxDepth: 20 })
  } catch (cause) {
    return refuse(`the YAML is broken: ${messageOf(cause).split('\n')[0]}`)
  }
}
