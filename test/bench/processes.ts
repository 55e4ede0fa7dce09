// The processes a run starts: each is known by its id and none outlives the run.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMsOf, peakBytesOf } from './proc.ts'

export interface Processes extends AsyncDisposable {
  start(command: string, args: readonly string[], options?: StartOptions): Started
  /** Whether the run has been stopped: nothing is started any more. */
  isOver(): boolean
}

export interface StartOptions {
  environment?: Record<string, string>
  /** Default: nothing in, both outputs kept. */
  stdio?: StdioOptions
}

export interface Started {
  readonly pid: number
  readonly child: ChildProcess
  /** What it has written so far. */
  stdout(): string
  stderr(): string
  /** Resolves with the exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>
}

/** What a process that ran to its end has used. */
export interface Usage {
  stdout: string
  wallMs: number
  cpuMs: number
  peakBytes: number
}

const LOOK_EVERY_MS = 50
const OUTPUTS: StdioOptions = ['ignore', 'pipe', 'pipe']

/** Returns the list of this run's processes; disposing it kills those that still live. */
export function createProcesses(): Processes {
  const living = new Set<Started>()
  let isOver = false
  return {
    isOver: () => isOver,
    start(command, args, { environment = {}, stdio = OUTPUTS } = {}) {
      if (isOver) throw new Error('the run is over: nothing is started any more')
      const child = spawn(command, [...args], { stdio, env: { PATH: '/usr/bin:/bin', ...environment } })
      const started = follow(child)
      living.add(started)
      void started.ended.then(
        () => living.delete(started),
        () => living.delete(started),
      )
      return started
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      for (const { child } of living) child.kill('SIGKILL')
      await Promise.allSettled([...living].map((each) => each.ended))
    },
  }
}

function follow(child: ChildProcess): Started {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code))
  })
  return { pid: child.pid ?? 0, child, ended, stdout: () => stdout, stderr: () => stderr }
}

/** Returns what a process has used once it has ended well. Throws with the end of its stderr when it has not. */
export async function usageOf(started: Started): Promise<Usage> {
  const before = performance.now()
  let cpuMs = 0
  let peakBytes = 0
  while (isRunning(started.child)) {
    cpuMs = Math.max(cpuMs, (await cpuMsOf(started.pid)) ?? 0)
    peakBytes = Math.max(peakBytes, (await peakBytesOf(started.pid)) ?? 0)
    await Promise.race([started.ended.catch(() => null), sleep(LOOK_EVERY_MS)])
  }
  const code = await started.ended
  const wallMs = performance.now() - before
  if (code !== 0) throw new Error(`a process ended with ${code}: ${lastLines(started.stderr())}`)
  return { stdout: started.stdout(), wallMs, cpuMs, peakBytes }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}

/** Returns the last lines of what a process said. */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-8).join('\n')
}
