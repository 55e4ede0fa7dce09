// A real IMAP server on loopback: Debian's dovecot, with one user and an empty mailbox.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Dovecot extends AsyncDisposable {
  readonly url: string
  /** Puts a mail into the mailbox, as a delivery agent does. */
  deliver(mail: Buffer): Promise<void>
}

const PROGRAM = '/usr/sbin/dovecot'

/** Why there is no dovecot here; null when there is. */
export const noDovecot: string | null =
  spawnSync(PROGRAM, ['--version']).status === 0 ? null : 'dovecot is not installed (apt-get install dovecot-imapd)'

/** Starts the server. As root its mail processes run as nobody; as anybody else, as that user. */
export async function startDovecot(password: string): Promise<Dovecot> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dovecot-'))
  const port = await freePort()
  const isRoot = process.getuid?.() === 0
  const { uid, gid } = isRoot ? { uid: 65_534, gid: 65_534 } : userInfo()
  const mail = path.join(folder, 'mail')
  await chmod(folder, 0o755)
  for (const name of ['new', 'cur', 'tmp']) await mkdir(path.join(mail, name), { recursive: true })
  if (isRoot) spawnSync('chown', ['-R', `${uid}:${gid}`, mail])
  const me = isRoot ? 'dovecot' : userInfo().username
  const login = isRoot ? 'dovenull' : userInfo().username
  const file = path.join(folder, 'dovecot.conf')
  await writeFile(file, configuration({ folder, mail, port, uid, gid, me, login, password }))
  const child = spawn(PROGRAM, ['-F', '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(child, 'exit')
  await untilItListens(port, () => (child.exitCode === null ? null : said))
  let count = 0
  return {
    url: `imap://sam:${encodeURIComponent(password)}@127.0.0.1:${port}/`,
    async deliver(bytes) {
      const name = path.join(mail, 'new', `${Date.now()}.${(count += 1)}.test`)
      await writeFile(name, bytes)
      if (isRoot) spawnSync('chown', [`${uid}:${gid}`, name])
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Settings {
  folder: string
  mail: string
  port: number
  uid: number
  gid: number
  me: string
  login: string
  password: string
}

function configuration({ folder, mail, port, uid, gid, me, login, password }: Settings): string {
  return `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = ${me}
default_login_user = ${login}
first_valid_uid = 1
last_valid_uid = 0
mail_location = maildir:${mail}
mail_home = ${mail}
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${mail}
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

async function untilItListens(port: number, failure: () => string | null): Promise<void> {
  const { connect } = await import('node:net')
  for (let left = 200; left > 0; left -= 1) {
    const said = failure()
    if (said !== null) throw new Error(`dovecot did not start: ${said}`)
    const socket = connect(port, '127.0.0.1')
    const isUp = await Promise.race([
      once(socket, 'data').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isUp) return
    await sleep(50)
  }
  throw new Error('dovecot does not listen')
}
