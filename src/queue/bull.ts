// What both backends share: how jobs are added, taken, and thrown away.
import type { BackendClasses, IQueueBackend, Job } from 'bullmq'
import { messageOf } from '../core/errors.ts'
import type { Log } from '../delivery/settle.ts'
import type { Consumer, Handler, Queues } from './connect.ts'
import { JOBS, jobId, readPayload, type JobName, type Payload } from './jobs.ts'

/** Nothing is kept: a finished job that stayed would block its name, and the ledger remembers everything. */
const FORGET = { removeOnComplete: true, removeOnFail: true, attempts: 1, stackTraceLimit: 0 } as const

/** A worker that dies is noticed after `lockDuration`; until then the names of its jobs are taken. Too early is no harm. */
const WATCH = { lockDuration: 6_000, stalledInterval: 2_500, maxStalledCount: 1_000, drainDelay: 2 } as const

/** How long a queue that is away may hold up a shutdown. */
const CLOSE_MS = 5_000

interface Backend<B extends IQueueBackend, C> {
  kind: 'redis' | 'postgres'
  classes: BackendClasses<B, C>
  /** For adding jobs: fails rather than waits when the backend is away. */
  addConnection: C
  /** For taking jobs: waits for the backend to come back. */
  takeConnection: C
  prefix?: string
  log: Log
  close(): Promise<void>
}

/** Returns queues over one BullMQ backend. */
export function openQueues<B extends IQueueBackend, C>(backend: Backend<B, C>): Queues {
  const { classes, log } = backend
  const prefix = backend.prefix === undefined ? {} : { prefix: backend.prefix }
  const closers: (() => Promise<void>)[] = []

  function openQueue(name: JobName) {
    const queue = new classes.Queue(`rollcall-${name}`, {
      connection: backend.addConnection,
      ...prefix,
      defaultJobOptions: FORGET,
    })
    queue.on('error', (error: Error) => log.warn({ queue: name, error: messageOf(error) }, 'the job queue has trouble'))
    closers.push(() => queue.close())
    return queue
  }

  const queues = { deliver: openQueue('deliver'), launch: openQueue('launch') }

  async function add<Name extends JobName>(name: Name, payloads: readonly Payload<Name>[]): Promise<void> {
    if (payloads.length === 0) return
    await queues[name].addBulk(payloads.map((data) => ({ name, data, opts: { jobId: jobId(name, data) } })))
  }

  function consume<Name extends JobName>(name: Name, concurrency: number, handler: Handler<Name>): Consumer {
    const handle = async (job: Job): Promise<'done' | 'again'> => await handleJob(log, name, job.data, handler)
    const worker = new classes.Worker(`rollcall-${name}`, handle, {
      connection: backend.takeConnection,
      concurrency,
      ...prefix,
      ...WATCH,
      ...FORGET_TAKEN,
    })
    worker.on('error', (error: Error) =>
      log.warn({ queue: name, error: messageOf(error) }, 'the worker has trouble with the job queue'),
    )
    worker.on('failed', (job: Job | undefined) =>
      log.warn({ queue: name, job: job?.id }, 'a job failed; the sweeper queues its work again'),
    )
    worker.on('completed', (job: Job, result: unknown) => {
      const payload = result === 'again' ? readPayload(name, job.data) : null
      if (payload === null) return
      add(name, [payload]).catch((error: unknown) =>
        log.warn({ queue: name, error: messageOf(error) }, 'could not queue the rest; the sweeper will'),
      )
    })
    let closing: Promise<void> | undefined
    const close = (): Promise<void> => (closing ??= worker.close())
    closers.push(close)
    return { close }
  }

  let disposing: Promise<void> | undefined
  return {
    backend: backend.kind,
    bull: Object.values(queues),
    add,
    waiting: (name) => queues[name].getWaitingCount(),
    consume,
    [Symbol.asyncDispose]: () =>
      (disposing ??= Promise.all(closers.map((close) => patiently(close(), log))).then(() => backend.close())),
  }
}

/** BullMQ wants these of the worker, too. */
const FORGET_TAKEN = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } } as const

/** An error goes to the log and not into the queue, where its text could carry what must not lie there (threat T20). */
async function handleJob<Name extends JobName>(
  log: Log,
  name: Name,
  data: unknown,
  handler: Handler<Name>,
): Promise<'done' | 'again'> {
  const payload = readPayload(name, data)
  if (payload === null) {
    log.warn({ queue: name, expected: Object.keys(JOBS[name].shape) }, 'a job that is not ours was thrown away')
    return 'done'
  }
  try {
    return await handler(payload)
  } catch (error) {
    log.error(
      { queue: name, ...payload, error: messageOf(error) },
      'the work of a job broke off; the sweeper queues it again',
    )
    return 'done'
  }
}

async function patiently(closing: Promise<void>, log: Log): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log.warn({}, 'the job queue did not close in time and is left behind')
      resolve()
    }, CLOSE_MS)
  })
  await Promise.race([
    closing.catch((error: unknown) => log.warn({ error: messageOf(error) }, 'the job queue did not close well')),
    late,
  ])
  clearTimeout(timer)
}
