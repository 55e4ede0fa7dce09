// What Linux says about a process in /proc: CPU time, parent, and the most memory it ever had.
import { readFile, readdir } from 'node:fs/promises'

export interface ProcessStat {
  pid: number
  name: string
  parent: number
  /** Milliseconds of user and system time, all threads. */
  cpuMs: number
  /** The same of its children that have ended and were waited for. */
  endedChildrenMs: number
}

/** USER_HZ: /proc counts in hundredths of a second on every Linux (proc(5)). */
const TICK_MS = 10

/** Returns what a line of /proc/PID/stat says (proc(5)). Throws when it is no such line. */
export function parseStat(text: string): ProcessStat {
  // The name stands in parentheses and may itself hold spaces and parentheses.
  const from = text.indexOf('(')
  const to = text.lastIndexOf(')')
  const fields = text
    .slice(to + 2)
    .trim()
    .split(' ')
    .map(Number)
  const [parent, user, system, endedUser, endedSystem] = [fields[1], fields[11], fields[12], fields[13], fields[14]]
  if (from < 1 || parent === undefined || user === undefined || system === undefined)
    throw new Error(`no line of /proc/PID/stat: ${JSON.stringify(text.slice(0, 80))}`)
  return {
    pid: Number(text.slice(0, from)),
    name: text.slice(from + 1, to),
    parent,
    cpuMs: (user + system) * TICK_MS,
    endedChildrenMs: ((endedUser ?? 0) + (endedSystem ?? 0)) * TICK_MS,
  }
}

/** Returns the bytes after `VmHWM:` in the text of /proc/PID/status; null for a process that has ended. */
export function parsePeak(text: string): number | null {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}

/** Returns the milliseconds of CPU time a process has used, all threads; null when it is gone. */
export async function cpuMsOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return text === null ? null : parseStat(text).cpuMs
}

/** Returns the most memory a process ever had, in bytes; null when it is gone. */
export async function peakBytesOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return parsePeak(text)
}

/** Returns the CPU milliseconds of a process, its children that live, and its children that have ended. */
export async function familyCpuMs(pid: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const texts = await Promise.all(pids.map((each) => readFile(`/proc/${each}/stat`, 'utf8').catch(() => null)))
  const stats = texts.flatMap((text) => (text === null ? [] : [parseStat(text)]))
  return stats.reduce((sum, each) => {
    if (each.pid === pid) return sum + each.cpuMs + each.endedChildrenMs
    return each.parent === pid ? sum + each.cpuMs : sum
  }, 0)
}
