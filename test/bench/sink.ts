// Postfix's smtp-sink, the receiver of every line: it takes each message, keeps none, and counts them.
import { existsSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../src/store/embedded-server.ts'
import type { Processes } from './processes.ts'

export interface Sink extends AsyncDisposable {
  readonly port: number
  readonly url: string
  readonly pid: number
  /** Messages accepted so far, as the sink itself counts them. */
  messages(): Promise<number>
}

/** Returns the path of a program of the Postfix package. Throws when it is not installed. */
export function postfixProgram(name: 'smtp-sink' | 'smtp-source' | 'postconf'): string {
  const found = ['/usr/sbin', '/usr/bin'].map((folder) => path.join(folder, name)).find((file) => existsSync(file))
  if (found === undefined) throw new Error(`${name} is not installed: apt-get install redis-server postfix`)
  return found
}

/** Starts a sink on a free port. Its counter goes to a file, so that nobody has to read along. */
export async function startSink(processes: Processes, folder: string): Promise<Sink> {
  const port = await freePort()
  const file = path.join(folder, `sink-${port}.count`)
  const handle = await open(file, 'w')
  // As root it wants to be told another user.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const sink = processes.start(postfixProgram('smtp-sink'), [...user, '-c', `127.0.0.1:${port}`, '1000'], {
    stdio: ['ignore', handle.fd, 'inherit'],
  })
  await handle.close()
  await listening(port)
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    pid: sink.pid,
    messages: () => lastCount(file),
    async [Symbol.asyncDispose]() {
      sink.child.kill('SIGTERM')
      await sink.ended
    },
  }
}

/** The file is one long line of counters, each overwriting the last on a terminal. */
async function lastCount(file: string): Promise<number> {
  const { size } = await stat(file)
  const tail = Buffer.alloc(Math.min(size, 4096))
  await using handle = await open(file, 'r')
  await handle.read(tail, 0, tail.length, size - tail.length)
  const counts = [...tail.toString().matchAll(/mesg=(\d+)(?=\s)/g)]
  return Number(counts.at(-1)?.[1] ?? 0)
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    if (isOpen) return
    await sleep(50)
  }
  throw new Error(`smtp-sink does not listen on port ${port}`)
}
