// A JSON Schema as people read it: the shape of the document, with a word for each value.

type Json = Readonly<Record<string, unknown>>

/** Returns the outline, several lines for an object. */
export function outline(schema: unknown, indent = ''): string {
  if (typeof schema !== 'object' || schema === null) return 'anything'
  const { type, properties, required, items, anyOf, additionalProperties, format, ...rest } = schema as Json
  if ('const' in rest) return JSON.stringify(rest['const'])
  if (Array.isArray(rest['enum'])) return rest['enum'].map((each) => JSON.stringify(each)).join(' | ')
  if (Array.isArray(anyOf)) return anyOf.map((each) => outline(each, indent)).join(' | ')
  if (Array.isArray(type)) return type.map((each) => outline({ ...(schema as Json), type: each }, indent)).join(' | ')
  if (type === 'array') return `[ ${outline(items, indent)}, … ]`
  if (type !== 'object') return format === 'date-time' ? 'time' : typeof type === 'string' ? type : 'anything'
  if (properties === undefined) return `{ name: ${outline(additionalProperties, indent)}, … }`
  const needed = Array.isArray(required) ? required : []
  const lines = Object.entries(properties as Json).map(
    ([name, each]) =>
      `${indent}  ${name}${needed.includes(name) ? '' : '?'}: ${outline(each, `${indent}  `)}${note(each)}`,
  )
  return `{\n${lines.join('\n')}\n${indent}}`
}

function note(schema: unknown): string {
  const said = typeof schema === 'object' && schema !== null && 'description' in schema ? schema.description : undefined
  return typeof said === 'string' ? `   // ${said}` : ''
}
