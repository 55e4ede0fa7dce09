// Reads one SMTP connection step by step: a line, or a whole message up to its final dot.
import type { Duplex } from 'node:stream'

export interface Reader {
  /** Resolves with the next line without its end, or null when the client is gone. */
  line(): Promise<string | null>
  /** Resolves with the message, dots unstuffed, or null when the client goes in the middle; `begun` runs at its first bytes. */
  message(begun: () => Promise<boolean>): Promise<Buffer | null>
  /** Whether more has arrived already: a client that pipelines. */
  hasMore(): boolean
  /** Leaves the stream to somebody else (TLS). */
  detach(): void
}

const END = Buffer.from('\r\n.\r\n')

/** Returns a reader over `stream`. */
export function createReader(stream: Duplex): Reader {
  let pending: Buffer = Buffer.alloc(0)
  let isGone = false
  let wake: (() => void) | undefined
  const onData = (chunk: Buffer): void => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    wake?.()
  }
  const onGone = (): void => {
    isGone = true
    wake?.()
  }
  stream.on('data', onData).on('end', onGone).on('close', onGone).on('error', onGone)

  const more = async (): Promise<boolean> => {
    if (isGone) return false
    await new Promise<void>((resolve) => (wake = resolve))
    wake = undefined
    return true
  }
  const take = (length: number, skipped: number): Buffer => {
    const taken = pending.subarray(0, length)
    pending = pending.subarray(length + skipped)
    return taken
  }

  return {
    async line() {
      for (;;) {
        const end = pending.indexOf('\r\n')
        if (end >= 0) return take(end, 2).toString('latin1')
        if (!(await more())) return null
      }
    },
    async message(begun) {
      while (pending.length === 0) if (!(await more())) return null
      if (!(await begun())) return null
      if (pending.subarray(0, 3).toString('latin1') === '.\r\n') return take(0, 3)
      let searched = 0
      for (;;) {
        const end = pending.indexOf(END, Math.max(0, searched - END.length + 1))
        if (end >= 0) return unstuffed(take(end + 2, 3))
        searched = pending.length
        if (!(await more())) return null
      }
    },
    hasMore: () => pending.length > 0,
    detach() {
      stream.off('data', onData).off('end', onGone).off('close', onGone).off('error', onGone)
    },
  }
}

/** RFC 5321 section 4.5.2: a dot that starts a line was doubled on the wire. */
function unstuffed(raw: Buffer): Buffer {
  if (raw[0] !== 0x2e && !raw.includes('\r\n..')) return raw
  return Buffer.from(raw.toString('latin1').replaceAll(/(^|\r\n)\./g, '$1'), 'latin1')
}
