// Finds the folder of the package: where templates/ and fixtures/ are, run from source or from dist/.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { RollcallError } from '../core/errors.ts'

/** Returns the nearest folder above this file that has both package.json and templates/. */
export function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json')) && existsSync(path.join(folder, 'templates'))) return folder
    if (folder === path.dirname(folder)) {
      throw new RollcallError('no_package_root', 'the folders templates/ and fixtures/ are not where the program is', {
        hint: 'run it from the checkout: npm run demo',
      })
    }
  }
}
