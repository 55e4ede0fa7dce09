// Opens the job queue: BullMQ on Redis when there is one, else on PostgreSQL. Both behave the same.
import type { Queue } from 'bullmq'
import type { Log } from '../delivery/settle.ts'
import type { JobName, Payload } from './jobs.ts'
import { connectPostgres } from './postgres.ts'
import { connectRedis } from './redis.ts'

export interface QueueOptions {
  /** Absent: the queue lives in PostgreSQL. */
  redisUrl?: string | undefined
  databaseUrl: string
  /** Keeps installations apart that share one Redis. */
  prefix?: string
  log: Log
}

/** Handles one job; what it returns says whether the same work is to be queued again at once. */
export type Handler<Name extends JobName> = (payload: Payload<Name>) => Promise<'done' | 'again'>

export interface Consumer {
  /** Takes no new jobs and waits for those at work. */
  close(): Promise<void>
}

export interface Queues extends AsyncDisposable {
  readonly backend: 'redis' | 'postgres'
  /** BullMQ's own, for whoever looks into them. */
  readonly bull: readonly Pick<Queue, 'name'>[]
  /** Adds jobs; one that is already waiting or at work is left as it is. */
  add<Name extends JobName>(name: Name, payloads: readonly Payload<Name>[]): Promise<void>
  /** Returns how many jobs of a name wait for a worker. */
  waiting(name: JobName): Promise<number>
  /** Starts to handle jobs of one name, `concurrency` at a time. */
  consume<Name extends JobName>(name: Name, concurrency: number, handler: Handler<Name>): Consumer
}

/** Returns the queues. Throws `redis_unreachable` when REDIS_URL leads nowhere. */
export async function connectQueues(options: QueueOptions): Promise<Queues> {
  const { redisUrl, databaseUrl, prefix = 'rollcall', log } = options
  return redisUrl === undefined ? await connectPostgres(databaseUrl, log) : await connectRedis(redisUrl, prefix, log)
}
