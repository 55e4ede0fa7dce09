// The job queue on Redis.
import { setTimeout as sleep } from 'node:timers/promises'
import { createRedisBackend, withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import { RollcallError, messageOf } from '../core/errors.ts'
import type { Log } from '../delivery/settle.ts'
import { openQueues } from './bull.ts'
import type { Queues } from './connect.ts'

const CONNECT_MS = 5_000

/** Returns the queues on the Redis at `url`. Throws `redis_unreachable` when it does not answer. */
export async function connectRedis(url: string, prefix: string, log: Log): Promise<Queues> {
  const adding = open(url, log, { maxRetriesPerRequest: 1 })
  const taking = open(url, log, { maxRetriesPerRequest: null })
  await assertAnswers(adding, taking)
  return openQueues({
    kind: 'redis',
    classes: withBackend(createRedisBackend),
    addConnection: adding,
    takeConnection: taking,
    prefix,
    log,
    close: async () => {
      adding.disconnect()
      taking.disconnect()
    },
  })
}

function open(url: string, log: Log, options: { maxRetriesPerRequest: number | null }): Redis {
  const redis = new Redis(url, {
    ...options,
    connectionName: 'rollcall',
    retryStrategy: (times) => Math.min(times * 100, 2_000),
  })
  // Without a listener a Redis that goes away would end the process.
  redis.on('error', (error: Error) => log.warn({ error: messageOf(error) }, 'Redis has trouble'))
  return redis
}

async function assertAnswers(adding: Redis, taking: Redis): Promise<void> {
  const late = sleep(CONNECT_MS, 'late' as const, { ref: false })
  const answer = await Promise.race([adding.ping().catch(messageOf), late])
  if (answer === 'PONG') return
  adding.disconnect()
  taking.disconnect()
  throw new RollcallError('redis_unreachable', `Redis does not answer: ${answer}`, {
    hint: 'check REDIS_URL, or remove it to keep the queue in PostgreSQL',
  })
}
