// What holds back every campaign at once: the transports and the kill switch.
import { z } from 'zod'
import { readKillSwitch, setKillSwitch } from '../../../delivery/kill-switch.ts'
import { openLane, pausedLanes, restLane } from '../../../delivery/lanes.ts'
import { listThrottles } from '../../../delivery/throttles.ts'
import { livingWorkers } from '../../../delivery/worker-slots.ts'
import type { Site } from '../../site.ts'
import { operation } from '../operation.ts'
import { at, reason } from '../shapes.ts'
import { throttleShape } from './campaign-shapes.ts'

const group = 'Transports and kill switch'
const params = z.object({ transport: z.string().min(1).max(40).describe('smtp, sendgrid, file …') })
const EXAMPLE = { transport: 'smtp' }
const killSwitch = z.object({ isEngaged: z.boolean(), reason: z.string(), setBy: z.string(), setAt: at })

export const LANES = [
  operation({
    id: 'listTransports',
    method: 'get',
    path: '/transports',
    group,
    summary: 'What is paused, what is throttled, and how many workers are alive',
    scopes: ['settings.read'],
    answer: z.object({
      transports: z.array(z.string()).describe('those of the settings, best first'),
      paused: z.array(z.object({ transport: z.string(), until: at, reason: z.string() })),
      throttles: z.array(throttleShape),
      workers: z.number().int(),
    }),
    run: async ({ site: { db, config } }) => ({
      transports: [...config.ROLLCALL_TRANSPORT],
      paused: await pausedLanes(db),
      throttles: await listThrottles(db),
      workers: (await livingWorkers(db)).length,
    }),
  }),
  operation({
    id: 'pauseTransport',
    method: 'post',
    path: '/transports/{transport}/pause',
    group,
    summary: 'Use a transport no more for a while',
    scopes: ['campaigns.stop'],
    params,
    body: z.strictObject({ minutes: z.number().int().min(1).max(100_000), reason }),
    answer: z.object({ transport: z.string(), minutes: z.number().int() }),
    async run({ site, params, body, actor }) {
      const transport = known(site, params.transport)
      await restLane(site.db, transport, body.minutes * 60_000, body.reason, actor)
      return { transport, minutes: body.minutes }
    },
    example: { params: EXAMPLE, body: { minutes: 60, reason: 'the relay is being moved' } },
  }),
  operation({
    id: 'resumeTransport',
    method: 'post',
    path: '/transports/{transport}/resume',
    group,
    summary: 'End its pause at once',
    scopes: ['campaigns.send'],
    params,
    answer: z.object({ transport: z.string() }),
    async run({ site, params, actor }) {
      const transport = known(site, params.transport)
      await openLane(site.db, transport, actor)
      await site.enqueueDue()
      return { transport }
    },
    example: { params: EXAMPLE },
  }),
  operation({
    id: 'getKillSwitch',
    method: 'get',
    path: '/kill-switch',
    group,
    summary: 'Whether every campaign is stopped',
    scopes: ['campaigns.read'],
    answer: killSwitch,
    run: ({ site }) => readKillSwitch(site.db),
  }),
  operation({
    id: 'engageKillSwitch',
    method: 'post',
    path: '/kill-switch/engage',
    group,
    summary: 'Stop every campaign at once',
    scopes: ['campaigns.stop'],
    body: z.strictObject({ reason }),
    answer: killSwitch,
    async run({ site, body, actor }) {
      await setKillSwitch(site.db, true, body.reason, actor)
      return readKillSwitch(site.db)
    },
    example: { body: { reason: 'the wrong list was imported' } },
  }),
  operation({
    id: 'releaseKillSwitch',
    method: 'post',
    path: '/kill-switch/release',
    group,
    summary: 'Let campaigns go on',
    scopes: ['campaigns.send'],
    body: z.strictObject({ reason }),
    answer: killSwitch,
    async run({ site, body, actor }) {
      await setKillSwitch(site.db, false, body.reason, actor)
      await site.enqueueDue()
      return readKillSwitch(site.db)
    },
    example: { body: { reason: 'the list is right now' } },
  }),
]

function known(site: Site, name: string): string {
  const [transport = name] = site.knownTransports([name])
  return transport
}
