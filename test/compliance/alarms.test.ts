// Alarms: each is raised by what it is about, says where it is mended, and is silent otherwise.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { alarms, type Alarm } from '../../src/compliance/alarms.ts'
import { setKillSwitch } from '../../src/delivery/kill-switch.ts'
import { pauseLane, resumeLane } from '../../src/delivery/lanes.ts'
import { beat, signOff } from '../../src/delivery/worker-slots.ts'
import type { Store } from '../../src/store/connect.ts'
import { keyOf, launchedCampaign, optOut } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { approvedCampaign } from '../support/reference-campaign.ts'

let store: Store
let id: string
const run = (text: string, ...values: unknown[]) => store.pool.query(text, values)
const raised = () => alarms(store.db, new Date())

beforeAll(async () => {
  store = await testDatabase({ reference: true })
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await run(
    'TRUNCATE subscriber, suppression, campaign, delivery, attempt, worker, lane, import_issue, quarantined_position, feedback_alarm CASCADE',
  )
  await setKillSwitch(store.db, false, '', 'test')
  id = await launchedCampaign(store.db, { addresses: ['ada@example.org'] })
  await beat(store.db, 'a worker')
})

test('a send that goes as it should raises nothing', async () => {
  expect(await raised()).toEqual([])
})

async function endedAttempt(startedAt: string): Promise<void> {
  await sql`
    INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, sentence, started_at, ended_at)
    SELECT campaign_id, id, 1, 1, 'file', 'sent', 'ok', now() + ${startedAt}::interval, now() + ${startedAt}::interval FROM delivery`.execute(
    store.db,
  )
}

async function wish(requested: string, effective: string): Promise<void> {
  await sql`
    INSERT INTO opt_out (address_key, channel, requested_at, effective_at)
    VALUES (${keyOf('ada@example.org')}, 'page', now() + ${requested}::interval, now() + ${effective}::interval)`.execute(
    store.db,
  )
}

async function cleared(): Promise<void> {
  await run('ALTER TABLE opt_out DISABLE TRIGGER USER')
  await run('DELETE FROM opt_out')
  await run('ALTER TABLE opt_out ENABLE TRIGGER USER')
}

const CASES: Record<
  string,
  { raise: () => Promise<unknown>; code: Alarm['code']; says: string; path: () => string; end: () => Promise<unknown> }
> = {
  'the kill switch': {
    raise: () => setKillSwitch(store.db, true, 'the wrong list', 'Ada'),
    code: 'kill_switch',
    says: 'The kill switch is on, by Ada: the wrong list. Nothing is sent.',
    path: () => '/transports',
    end: () => setKillSwitch(store.db, false, '', 'Ada'),
  },
  'no worker for a campaign on the wire': {
    raise: () => signOff(store.db, 'a worker'),
    code: 'no_worker',
    says: 'No worker runs, and one campaign waits to be sent. Start one: rollcall work',
    path: () => '/campaigns?state=sending',
    end: () => beat(store.db, 'another worker'),
  },
  'a lease that nobody swept': {
    raise: () =>
      run(`UPDATE delivery SET state = 'sending', next_at = NULL, lease_until = now() - interval '2 minutes'`),
    code: 'stuck_leases',
    says: 'One delivery is held by a worker that is gone, and nobody has swept them up.',
    path: () => '/transports',
    end: () => run(`UPDATE delivery SET lease_until = now() + interval '1 minute'`),
  },
  'a message after an opt-out': {
    async raise() {
      await wish('-60 seconds', '-59.9 seconds')
      await optOut(store.db, 'ada@example.org')
      await run(`UPDATE suppression SET set_at = now() - interval '59.9 seconds'`)
      await endedAttempt('-30 seconds')
    },
    code: 'late_sends',
    says: 'One message was sent after the opt-out took effect.',
    path: () => '/compliance',
    async end() {
      await run('DELETE FROM attempt')
      await cleared()
    },
  },
  'slow opt-outs': {
    raise: () => wish('-60 seconds', '-57.5 seconds'),
    code: 'opt_out_latency',
    says: 'Opt-outs of the last seven days (1) took up to 2.5 s to take effect (p99); it must be below 1 s.',
    path: () => '/compliance',
    end: cleared,
  },
  'a campaign that stopped by itself': {
    async raise() {
      await run(
        `UPDATE campaign SET state = 'paused', pause_reason = '6 of the first 100 messages bounced' WHERE id = $1`,
        id,
      )
      await run(
        `INSERT INTO campaign_event (campaign_id, act, actor, detail, at) VALUES ($1, 'paused', 'delivery', '{"reason": "6 of the first 100 messages bounced"}', now())`,
        id,
      )
    },
    code: 'paused_by_itself',
    says: 'stopped by itself: 6 of the first 100 messages bounced.',
    path: () => `/campaigns/${id}/live`,
    end: () => run(`UPDATE campaign SET state = 'sending', pause_reason = NULL WHERE id = $1`, id),
  },
  'a transport that rests': {
    raise: () => pauseLane(store.db, 'file', 60_000, 'the relay does not answer'),
    code: 'lane_paused',
    says: 'Nothing goes through file: the relay does not answer.',
    path: () => '/transports',
    end: () => resumeLane(store.db, 'file'),
  },
  'a receiver that blocks us': {
    raise: () =>
      run(
        `INSERT INTO feedback_alarm (campaign_id, class, count, sentence, first_at, last_at) VALUES ($1, 'block', 12, 'listed at a blocklist', now(), now())`,
        id,
      ),
    code: 'feedback',
    says: '12 times): listed at a blocklist',
    path: () => `/campaigns/${id}/report`,
    end: () => run('DELETE FROM feedback_alarm'),
  },
  'an issue of an import': {
    raise: () => run(`INSERT INTO import_issue (code, severity, detail) VALUES ('seat_count', 'blocking', '{}')`),
    code: 'import_issue',
    says: 'One issue of imported congress data must be settled before a launch.',
    path: () => '/congress',
    end: () => run(`UPDATE import_issue SET resolved_at = now(), resolution = 'looked at'`),
  },
  'a position nobody can place': {
    raise: () =>
      run(`INSERT INTO quarantined_position (roll_call_id, member_id, option, option_raw, party, state_raw, display_name)
        SELECT id, 'X000000', 'yea', 'Yea', 'D', 'OR', 'Nobody' FROM roll_call LIMIT 1`),
    code: 'quarantined',
    says: 'One position is in quarantine: nobody knows whose they are.',
    path: () => '/congress',
    end: () => run('DELETE FROM quarantined_position'),
  },
  'old data that nobody removed': {
    raise: () => run(`UPDATE campaign SET created_at = now() - interval '3 days' WHERE id = $1`, id),
    code: 'late_retention',
    says: 'Old data was not removed for two days',
    path: () => '/compliance',
    end: () => run('UPDATE campaign SET created_at = now() WHERE id = $1', id),
  },
}

test.each(Object.keys(CASES))('%s raises its alarm, and ends it when it is over', async (name) => {
  const { raise, code, says, path, end } = CASES[name] ?? CASES['the kill switch'] ?? never()
  await raise()
  const found = await raised()
  expect(found.map((alarm) => alarm.code)).toEqual([code])
  expect(found[0]?.sentence).toContain(says)
  expect(found[0]?.path).toBe(path())
  await end()
  expect(await raised()).toEqual([])
})

function never(): never {
  throw new Error('there is no such case')
}

test('a roll call that changed after the launch is named, with the campaign that spoke of it', async () => {
  const other = await approvedCampaign(store.db)
  await run(
    `UPDATE campaign_roll_call SET frozen_sha256 = 'another' WHERE campaign_id = $1 AND roll_call_id LIKE 'h%'`,
    other,
  )
  const found = await raised()
  expect(found).toMatchObject([{ code: 'roll_call_changed', severity: 'bad', path: `/campaigns/${other}/report` }])
  expect(found[0]?.sentence).toContain('h708-115.2017')
})

test('what is bad comes before what is worth a look', async () => {
  await pauseLane(store.db, 'file', 60_000, 'the relay does not answer')
  await setKillSwitch(store.db, true, '', 'Ada')
  expect((await raised()).map(({ severity }) => severity)).toEqual(['bad', 'warn'])
})

test('a message that was in the air when the opt-out came raises nothing', async () => {
  await wish('-60 seconds', '-59.9 seconds')
  await optOut(store.db, 'ada@example.org')
  await run(`UPDATE suppression SET set_at = now() - interval '59.9 seconds'`)
  await endedAttempt('-58 seconds')
  expect(await raised()).toEqual([])
  await cleared()
})
