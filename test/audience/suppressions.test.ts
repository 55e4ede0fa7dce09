// Suppressions: set once, lifted only with a reason, every act in the ledger for ever.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { consentHistory, recordConsent } from '../../src/audience/consents.ts'
import { importSuppressions } from '../../src/audience/import-suppressions.ts'
import { requireReason, type Suppression } from '../../src/audience/suppression.ts'
import { addSuppression, allSuppressions, findSuppression, removeSuppression } from '../../src/audience/suppressions.ts'
import { addressKey } from '../../src/core/address.ts'
import { fixedClock } from '../../src/core/clock.ts'
import { deriveKey } from '../../src/core/token.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

const key = deriveKey('the secret of these tests', 'rollcall address key v1')
const clock = fixedClock('2017-12-22T15:00:00Z')
let store: Store

beforeAll(async () => {
  store = await testDatabase()
})
afterAll(async () => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE subscriber, suppression, consent_event, subscriber_import RESTART IDENTITY CASCADE')
})

function optOut(address: string, changes: Partial<Suppression> = {}): Suppression {
  const setAt = clock.now()
  return {
    addressKey: addressKey(key, address),
    reason: 'unsubscribe',
    channel: 'one_click',
    note: '',
    setBy: 'subscriber',
    setAt,
    ...changes,
  }
}

describe('a suppression', () => {
  it('works for an address that is no subscriber, and is noted in the ledger', async () => {
    const suppression = optOut('nobody@x.test')
    expect(await addSuppression(store.db, suppression)).toBe(true)
    expect(await findSuppression(store.db, suppression.addressKey)).toEqual(suppression)
    expect(await consentHistory(store.db, suppression.addressKey)).toMatchObject([
      {
        act: 'suppressed',
        basis: 'unsubscribe',
        evidence: { channel: 'one_click', by: 'subscriber' },
        at: clock.now(),
      },
    ])
  })

  it('keeps its first reason when it is set again', async () => {
    const first = optOut('a@x.test')
    await addSuppression(store.db, first)
    expect(await addSuppression(store.db, optOut('a@x.test', { reason: 'manual', channel: 'cli' }))).toBe(false)
    expect(await findSuppression(store.db, first.addressKey)).toMatchObject({ reason: 'unsubscribe' })
    expect(await consentHistory(store.db, first.addressKey)).toHaveLength(1)
  })

  it('is set once by ten requests at the same time', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => addSuppression(store.db, optOut('a@x.test'))))
    expect(results.filter(Boolean)).toHaveLength(1)
  })

  it('is lifted only with a reason, which the ledger keeps beside the former one', async () => {
    const suppression = optOut('a@x.test')
    await addSuppression(store.db, suppression)
    const release = { addressKey: suppression.addressKey, why: ' ', by: 'staff', at: clock.now() }
    await expect(removeSuppression(store.db, release)).rejects.toMatchObject({
      code: 'release_without_reason',
      kind: 'usage',
    })
    expect(await findSuppression(store.db, suppression.addressKey)).not.toBeNull()
    expect(await removeSuppression(store.db, { ...release, why: 'asked by phone' })).toBe(true)
    expect(await removeSuppression(store.db, { ...release, why: 'asked by phone' })).toBe(false)
    expect(await findSuppression(store.db, suppression.addressKey)).toBeNull()
    expect(await consentHistory(store.db, suppression.addressKey)).toMatchObject([
      { act: 'suppressed' },
      { act: 'released', basis: 'asked by phone', evidence: { by: 'staff', was: 'unsubscribe' } },
    ])
  })

  it('is listed with every other one, beyond a page', async () => {
    const rows = Array.from({ length: 5100 }, (_, index) => `p${index}@x.test`).join('\n')
    await importList(`email\n${rows}\n`)
    let count = 0
    for await (const each of allSuppressions(store.db)) count += each.address === null ? 1 : 0
    expect(count).toBe(5100)
  })

  it('names the reasons there are when one is unknown', () => {
    expect(requireReason('legal')).toBe('legal')
    expect(() => requireReason('because')).toThrow(
      expect.objectContaining({ kind: 'usage', hint: expect.stringContaining('hard_bounce') }),
    )
  })
})

function importList(text: string, rejectsPath?: string) {
  async function* bytes(): AsyncGenerator<Buffer> {
    yield Buffer.from(text)
  }
  const options = { by: 'staff', ...(rejectsPath === undefined ? {} : { rejectsPath }) }
  return importSuppressions(store.db, { stream: bytes(), name: 'opt-outs.csv' }, options, { addressKeyKey: key, clock })
}

describe('a list of opt-outs', () => {
  it('suppresses every address, whatever else is wrong in its row, and rejects only what is no address', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-opt-outs-'))
    const rejectsPath = path.join(folder, 'rejects.csv')
    await addSuppression(store.db, optOut('a@x.test'))
    const report = await importList(
      'email,reason,set_at\nA@x.test,unsubscribe,\nb@x.test,nonsense,2099-01-01T00:00:00Z\nnobody,,\nc@x.test,legal,2016-05-01T00:00:00Z\nc@x.test,manual,\n',
      rejectsPath,
    )
    expect(report).toMatchObject({
      rows: 5,
      added: 2,
      known: 2,
      rejected: 1,
      rejectsFile: rejectsPath,
      sample: [{ line: 4, value: 'nobody' }],
    })
    expect(await findSuppression(store.db, addressKey(key, 'b@x.test'))).toMatchObject({
      reason: 'import',
      setBy: 'staff',
      setAt: clock.now(),
    })
    expect(await findSuppression(store.db, addressKey(key, 'c@x.test'))).toMatchObject({
      reason: 'legal',
      setAt: new Date('2016-05-01T00:00:00Z'),
    })
    expect(await readFile(rejectsPath, 'utf8')).toContain('nobody')
    await rm(folder, { recursive: true })
  })

  it('T7 leaves nothing behind when it cannot be read to its end', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => `p${index}@x.test`).join('\n')
    await expect(importList(`email\n${rows}\n"open\n`)).rejects.toMatchObject({ code: 'quote_not_closed' })
    expect((await store.pool.query('SELECT FROM suppression')).rowCount).toBe(0)
  })

  it('is refused when no column is an address', async () => {
    await expect(importList('phone\n1\n')).rejects.toMatchObject({ code: 'no_email_column', kind: 'usage' })
  })
})

describe('the consent ledger', () => {
  it('refuses to change or delete what it holds', async () => {
    const addressKeyOf = addressKey(key, 'a@x.test')
    await recordConsent(store.db, {
      addressKey: addressKeyOf,
      act: 'subscribed',
      basis: 'form',
      evidence: { form: 'home' },
      at: clock.now(),
    })
    await expect(store.pool.query(`UPDATE consent_event SET basis = 'x'`)).rejects.toThrow(/append-only/)
    await expect(store.pool.query('DELETE FROM consent_event')).rejects.toThrow(/append-only/)
    expect(await consentHistory(store.db, addressKeyOf)).toMatchObject([
      { act: 'subscribed', basis: 'form', evidence: { form: 'home' } },
    ])
  })
})
