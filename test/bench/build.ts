// Builds the product once into the run's folder: its workers start as they do in production, without a compiler.
import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ROOT } from './root.ts'
import type { Processes } from './processes.ts'

/** Returns the built `cli/main.js`. Throws with the compiler's words when the sources do not compile. */
export async function buildProduct(processes: Processes, folder: string): Promise<string> {
  const target = path.join(folder, 'product')
  const compiler = path.join(ROOT, 'node_modules/typescript/bin/tsc')
  const build = processes.start(process.execPath, [compiler, '-p', path.join(ROOT, 'src'), '--outDir', target])
  if ((await build.ended) !== 0) throw new Error(`the product does not compile:\n${build.stdout().slice(0, 2_000)}`)
  await cp(path.join(ROOT, 'src/store/migrations'), path.join(target, 'src/store/migrations'), { recursive: true })
  for (const name of ['colours.css', 'pages.css', 'console/console.css', 'console/browser.js'])
    await cp(path.join(ROOT, 'src/web', name), path.join(target, 'src/web', name))
  // What the program looks for beside itself: its packages, its type of module.
  await symlink(path.join(ROOT, 'node_modules'), path.join(target, 'node_modules'))
  await writeFile(path.join(target, 'package.json'), await readFile(path.join(ROOT, 'package.json')))
  return path.join(target, 'src/cli/main.js')
}
