// The OpenAPI document by itself: whole, without loose ends, and its examples are requests that would be read.
import { expect, test } from 'vitest'
import { curlOf } from '../../../src/web/api/curl.ts'
import { createDocument, parametersOf, statusesOf } from '../../../src/web/api/document.ts'
import { GROUPS, type Operation } from '../../../src/web/api/operation.ts'
import { OPERATIONS } from '../../../src/web/api/operations.ts'
import { outline } from '../../../src/web/api/outline.ts'

const document = createDocument({ organisation: 'Indivisible', baseUrl: 'https://alerts.example.org' }, OPERATIONS)
const each = OPERATIONS.map((operation) => [operation.id, operation] as const)

test('every id, and every path with its method, is there once', () => {
  expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length)
  expect(new Set(OPERATIONS.map(({ method, path }) => `${method} ${path}`)).size).toBe(OPERATIONS.length)
  expect(new Set(OPERATIONS.map(({ group }) => group))).toEqual(new Set(GROUPS))
})

test.each(each)('%s names the parameters of its path, and its example is one that would be read', (_, operation) => {
  const { path, params, body, query, example } = operation
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  expect(parametersOf(params, 'path').map(({ name }) => name)).toEqual(inPath)
  const said = body?.kind === 'json' && example?.body !== undefined ? body.schema.safeParse(example.body).success : true
  expect(said).toBe(true)
  const asked =
    query === null
      ? true
      : query.safeParse(Object.fromEntries(new URLSearchParams(example?.query ?? 'zip=97204'))).success
  expect(asked || example?.query === undefined).toBe(true)
})

test.each(each)('T20 %s has no place for an address in its URL', (_, { params, query }: Operation) => {
  const names = [...parametersOf(params, 'path'), ...parametersOf(query, 'query')].map(({ name }) => name)
  expect(names.filter((name) => /address|mail|^to$/i.test(name))).toEqual([])
})

test('every JSON body has an example, and the commands of the page name the key and what makes a POST happen once', () => {
  for (const operation of OPERATIONS) {
    const { body, example, method } = operation
    expect({ id: operation.id, hasExample: body?.kind !== 'json' || example?.body !== undefined }).toEqual({
      id: operation.id,
      hasExample: true,
    })
    const command = curlOf('https://alerts.example.org', operation)
    expect(command).toContain('Authorization: Bearer')
    expect(command.includes('Idempotency-Key')).toBe(method === 'post')
    expect(command.split("'")[1]).not.toMatch(/[{}@]/)
    expect(statusesOf(operation)).toContain(401)
  }
})

test('every reference leads somewhere', () => {
  const text = JSON.stringify(document)
  const places = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, place = '']) => place))
  expect([...places].toSorted()).toEqual(['components/responses/Problem', 'components/schemas/Problem'])
  expect(document).toMatchObject({
    openapi: '3.1.1',
    components: { responses: { Problem: {} }, schemas: { Problem: {} } },
  })
  expect(text).not.toContain('"$schema"')
})

test('a schema is outlined for people', () => {
  const shape = {
    type: 'object',
    properties: { a: { type: ['string', 'null'] }, b: { type: 'array', items: { const: 1 } } },
    required: ['a'],
  }
  expect(outline(shape)).toBe('{\n  a: string | null\n  b?: [ 1, … ]\n}')
})
