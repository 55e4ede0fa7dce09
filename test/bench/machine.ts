// What the figures were taken on, asked of the machine itself.
import { execFileSync } from 'node:child_process'
import os from 'node:os'
import process from 'node:process'
import { SETTINGS } from './cluster.ts'
import type { Lab } from './lab.ts'
import type { Machine } from './results.ts'
import { postfixProgram } from './sink.ts'

/** Returns the description of this machine and of the programs in the run. */
export async function describeMachine(lab: Lab): Promise<Machine> {
  const cpus = os.cpus()
  const redis = /redis_version:(\S+)/.exec((await lab.redis?.client.info('server')) ?? '')?.[1]
  return {
    takenAt: new Date().toISOString().slice(0, 10),
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGigabytes: os.totalmem() / 1e9,
    system: `${os.type()} ${os.release()}`,
    node: process.versions.node,
    postgres: lab.cluster.version,
    postgresSettings: SETTINGS,
    redis: redis ?? null,
    postfix: postfixVersion(),
  }
}

function postfixVersion(): string {
  return execFileSync(postfixProgram('postconf'), ['-d', '-h', 'mail_version'], { encoding: 'utf8' }).trim()
}
