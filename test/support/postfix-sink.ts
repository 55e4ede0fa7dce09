// Postfix's smtp-sink: a receiver that is not our code's opinion. It counts the messages it accepts.
import { existsSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../src/store/embedded-server.ts'

const PROGRAM = ['/usr/sbin/smtp-sink', '/usr/bin/smtp-sink'].find((file) => existsSync(file))

/** Why there is no smtp-sink to test with; null when there is. In CI it must be there. */
export const noPostfixSink: string | null =
  PROGRAM === undefined ? 'smtp-sink is not installed (apt-get install postfix)' : null

if (noPostfixSink !== null) {
  if (process.env['CI'] === 'true') throw new Error(`${noPostfixSink}, and CI may not skip it`)
  console.warn(`skipped: ${noPostfixSink}`)
}

export interface PostfixSink extends AsyncDisposable {
  readonly url: string
  /** Messages accepted so far, as the sink counts them. */
  messages(): number
}

/** Starts the sink on a free port; disposing it ends it. */
export async function startPostfixSink(): Promise<PostfixSink> {
  const port = await freePort()
  // -c: counters on standard output. As root it wants to be told another user.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const sink = spawn(PROGRAM ?? 'smtp-sink', [...user, '-c', `127.0.0.1:${port}`, '1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => sink.once('exit', () => resolve()))
  let count = 0
  sink.stdout.on('data', (chunk: Buffer) => {
    const last = [...chunk.toString().matchAll(/mesg=(\d+)/g)].at(-1)
    if (last) count = Number(last[1])
  })
  await listening(port)
  return {
    url: `smtp://127.0.0.1:${port}`,
    messages: () => count,
    async [Symbol.asyncDispose]() {
      sink.kill('SIGTERM')
      await ended
    },
  }
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    if (open) return
    await sleep(50)
  }
  throw new Error(`smtp-sink does not listen on port ${port}`)
}
