// Reads SMTP replies (RFC 5321 section 4.2) out of a server's bytes, however packets cut or join them.

/** One complete reply: its code, and its lines as they came, joined by LF. */
export interface RawReply {
  code: number
  text: string
}

/** What cannot be a reply; whoever sends it cannot be understood any further. */
export interface NoReply {
  fault: string
}

export interface ReplyReader {
  push(chunk: Buffer): void
  /** Returns the next complete reply, a fault, or null when more bytes are needed. */
  next(): RawReply | NoReply | null
  /** Whether every byte that came has been read as part of a complete reply. */
  isEmpty(): boolean
}

/** RFC 5321 section 4.5.3.1.5 allows 512 octets a line; one reply may hold many, an endless one may not fill the memory. */
const MAX_REPLY = 65_536

const LINE = /^([2-5]\d\d)(?:([ -])|$)/

/** Returns a reader for one connection. */
export function createReplyReader(): ReplyReader {
  let bytes = ''
  let lines: string[] = []
  let code = 0
  let size = 0
  const finish = (): RawReply => {
    const reply = { code, text: decoded(lines.join('\n')) }
    lines = []
    size = 0
    return reply
  }
  return {
    push(chunk) {
      bytes += chunk.toString('latin1')
    },
    next() {
      // A CR alone ends no line: what follows it still belongs to the same one.
      for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n')) {
        const line = bytes.slice(0, bytes[end - 1] === '\r' ? end - 1 : end)
        bytes = bytes.slice(end + 1)
        if (line === '') continue
        const [, digits, mark] = LINE.exec(line) ?? []
        if (digits === undefined) return { fault: 'the server sent a line that is no reply' }
        if (lines.length > 0 && Number(digits) !== code) return { fault: 'the lines of one reply have different codes' }
        code = Number(digits)
        lines.push(line)
        size += end + 1
        if (mark !== '-') return finish()
        if (size > MAX_REPLY) break
      }
      return size + bytes.length > MAX_REPLY
        ? { fault: `the server sent a reply of more than ${MAX_REPLY} bytes` }
        : null
    },
    isEmpty: () => bytes === '' && lines.length === 0,
  }
}

/** Characters may be cut by packets, so bytes become text only when the reply is whole; nearly all are ASCII. */
function decoded(latin1: string): string {
  return /[\x80-\xff]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1
}
