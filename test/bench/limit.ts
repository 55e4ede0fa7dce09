// The limit: Postfix's own smtp-source, a C program that sends messages of the same size and does nothing else.
import type { Lab } from './lab.ts'
import { cpuMsOf } from './proc.ts'
import { usageOf } from './processes.ts'
import type { SendLine } from './results.ts'
import { postfixProgram } from './sink.ts'

/** What smtp-source adds to the payload it is told: its own few headers. */
const HEADER_BYTES = 300

/** Sends `count` messages of `bytes` bytes over as many connections as everybody has, each kept open (`-d`). */
export async function measureLimit(lab: Lab, count: number, bytes: number): Promise<SendLine> {
  lab.note(`limit: ${count} messages of ${Math.round(bytes)} bytes`)
  await using sink = await lab.sink()
  const payload = String(Math.round(bytes) - HEADER_BYTES)
  const flags = ['-d', '-s', String(lab.options.connections), '-m', String(count), '-l', payload]
  const from = 'b+sender@bounce.rollcall.example'
  const args = [...flags, '-f', from, '-t', 'somebody@example.org', `127.0.0.1:${sink.port}`]
  const sinkBefore = (await cpuMsOf(sink.pid)) ?? 0
  const run = await usageOf(lab.processes.start(postfixProgram('smtp-source'), args))
  const sinkMs = ((await cpuMsOf(sink.pid)) ?? 0) - sinkBefore
  const received = await sink.messages()
  return {
    name: 'limit',
    messages: count,
    perSecond: count / (run.wallMs / 1000),
    wallSeconds: run.wallMs / 1000,
    launchSeconds: null,
    cpu: {
      sender: (run.cpuMs * 1000) / count,
      steady: null,
      postgres: null,
      redis: null,
      sink: (sinkMs * 1000) / count,
    },
    peakBytes: run.peakBytes,
    earlyPeaks: null,
    meanBytes: bytes,
    problem: received === count ? null : `sent ${count}, sink ${received}`,
    remark: null,
  }
}
