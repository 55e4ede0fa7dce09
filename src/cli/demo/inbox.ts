// The demo's inbox: a real SMTP server on loopback that keeps every message as an .eml file.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { callbackify } from 'node:util'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'

export interface Inbox extends AsyncDisposable {
  /** For SMTP_URL. */
  readonly url: string
  /** Where the messages are. */
  readonly folder: string
  /** Messages accepted so far. */
  count(): number
}

/** Starts the server on a free port; what an earlier demo left in `folder` is removed. */
export async function openInbox(folder: string): Promise<Inbox> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  let accepted = 0

  async function keep(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const raw = await buffer(stream)
    const address = session.envelope.rcptTo[0]?.address ?? 'nobody'
    await writeFile(path.join(folder, fileName(address)), raw)
    accepted++
  }

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, callback) {
      callbackify(keep)(stream, session, (error) => callback(error))
    },
  })
  const port = await listen(server)
  let closing: Promise<void> | undefined
  return {
    url: `smtp://127.0.0.1:${port}`,
    folder,
    count: () => accepted,
    [Symbol.asyncDispose]: () => (closing ??= new Promise((resolve) => server.close(() => resolve()))),
  }
}

function listen(server: SMTPServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}

/** One mailbox, one file: a second copy of a message would replace the first, and the count would show it. */
function fileName(address: string): string {
  return `${address.replace(/[^\p{L}\p{N}@._-]/gu, '_').slice(0, 120)}.eml`
}
