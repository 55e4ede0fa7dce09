// A call as one would type it.
import type { Operation } from './operation.ts'

/** Returns the lines of a curl command for the operation's example. */
export function curlOf(baseUrl: string, { method, path, params, body, answer, example = {} }: Operation): string {
  const known: Readonly<Record<string, string>> = { ...example.params }
  const filled = path.replace(
    /\{(\w+)\}/g,
    (_, name: string) => known[name] ?? (params === null ? '' : (SAMPLES[name] ?? '1')),
  )
  const url = `${baseUrl}/api/v1${filled}${example.query === undefined ? '' : `?${example.query}`}`
  const verb = method === 'get' ? '' : `-X ${method.toUpperCase()} `
  const lines = [`curl ${verb}'${url}'`, `-H 'Authorization: Bearer rck_…'`]
  if (method === 'post') lines.push(`-H "Idempotency-Key: $(uuidgen)"`)
  if (body?.kind === 'json')
    lines.push(
      `-H 'Content-Type: application/json'`,
      `-d '${JSON.stringify(example.body ?? {}).replaceAll("'", "'\\''")}'`,
    )
  if (body?.kind === 'upload') lines.push(`-H 'Content-Type: ${body.types[0] ?? ''}'`, '--data-binary @FILE')
  if (answer.kind === 'download') lines.push('-o FILE')
  return lines.join(' \\\n  ')
}

const SAMPLES: Readonly<Record<string, string>> = { id: 'dream-act-2017-k3xp', zip: '97204', transport: 'smtp' }
