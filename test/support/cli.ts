// The command line as a process of its own, with settings of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'

export interface Run {
  code: number | null
  stdout: string
  stderr: string
}

const ROOT = path.resolve(import.meta.dirname, '../..')

/** Starts `rollcall ARGS`; only `environment` and the path are inherited. */
export function startCli(args: readonly string[], environment: Record<string, string>, cwd = ROOT): ChildProcess {
  const tsx = import.meta.resolve('tsx')
  return spawn(process.execPath, ['--import', tsx, path.join(ROOT, 'src/cli/main.ts'), ...args], {
    cwd,
    env: { PATH: '/usr/bin:/bin', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs `rollcall ARGS` to its end. */
export function runCli(args: readonly string[], environment: Record<string, string>, cwd = ROOT): Promise<Run> {
  return ended(startCli(args, environment, cwd))
}

/** Returns what a process wrote and its exit code, when it has ended. */
export function ended(child: ChildProcess): Promise<Run> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
