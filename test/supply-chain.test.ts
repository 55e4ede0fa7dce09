// T24: what is installed is what was agreed to: exact versions, a matching lock file, install scripts approved by name.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'

interface Locked {
  version: string
  dev?: boolean
  optional?: boolean
  hasInstallScript?: boolean
  resolved?: string
  integrity?: string
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

interface Manifest {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  optionalDependencies: Record<string, string>
  allowScripts: Record<string, boolean>
}

const read = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(path.resolve(import.meta.dirname, '..', name), 'utf8')) as T
const manifest = await read<Manifest>('package.json')
const lock = await read<{ packages: Record<string, Locked> }>('package-lock.json')
const packages = Object.entries(lock.packages).filter(([name]) => name !== '')
const nameOf = (place: string): string => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)

test('T24: every version is exact, and the lock file holds the same', () => {
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
  for (const [name, version] of Object.entries(wanted)) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
    expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version)
  }
})

test('T24: every package that this machine installs is locked by its content', () => {
  expect(packages.length).toBeGreaterThan(100)
  // Builds for other platforms may be listed by version alone: they are never fetched here.
  const unlocked = packages.filter(([, locked]) => !locked.integrity)
  expect(unlocked.filter(([, locked]) => !(locked.optional && isForeign(locked))).map(([name]) => name)).toEqual([])
})

test('T24: the lock file lists every optional build, without which npm ci calls it out of step', () => {
  const names = new Set(packages.map(([place]) => nameOf(place)))
  const missing = packages.flatMap(([, locked]) =>
    Object.keys(locked.optionalDependencies ?? {}).filter((name) => !names.has(name)),
  )
  expect(missing).toEqual([])
})

function isForeign({ os, cpu, libc }: Locked): boolean {
  return !os?.includes('linux') || !cpu?.includes('x64') || libc?.includes('musl') === true
}

test('T24: no install script runs that is not approved by name', () => {
  const scripted = packages.filter(([, locked]) => locked.hasInstallScript).map(([place]) => nameOf(place))
  expect(scripted.length).toBeGreaterThan(0)
  for (const name of scripted) expect(manifest.allowScripts, name).toHaveProperty([name])
})

test('T24: Nodemailer and Handlebars are nowhere in production below the versions that mended their holes', () => {
  const floors: Record<string, [number, number, number]> = {
    nodemailer: [10, 6, 0],
    handlebars: [4, 7, 10],
    mjml: [5, 4, 0],
  }
  for (const [place, locked] of packages) {
    const floor = floors[nameOf(place)]
    if (floor === undefined || locked.dev) continue
    const version = locked.version.split('.').map(Number)
    expect(
      version.findIndex((part, index) => part !== floor[index]) === -1 || isAbove(version, floor),
      `${place} ${locked.version}`,
    ).toBe(true)
  }
})

function isAbove(version: number[], floor: number[]): boolean {
  const at = version.findIndex((part, index) => part !== floor[index])
  return (version[at] ?? 0) > (floor[at] ?? 0)
}
