// A file may hold one mail, or many in the mbox format (RFC 4155).

const START = Buffer.from('\nFrom ')

/** Returns the mails of a file: one, unless it begins with the `From ` line of an mbox and another such line follows an empty one. */
export function splitMailbox(bytes: Buffer): Buffer[] {
  if (bytes.subarray(0, 5).toString('latin1') !== 'From ') return [bytes]
  const mails: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(START); at !== -1; at = bytes.indexOf(START, at + 1)) {
    const line =
      bytes
        .subarray(at + 1, at + 120)
        .toString('latin1')
        .split('\n', 1)[0] ?? ''
    const afterEmptyLine = bytes[at - 1] === 10 || (bytes[at - 1] === 13 && bytes[at - 2] === 10)
    if (!afterEmptyLine || !/^From \S+ .*\d\d:\d\d.*\d{4}/.test(line)) continue
    mails.push(bytes.subarray(from, at + 1))
    from = at + 1
  }
  return [...mails, bytes.subarray(from)]
}
