// Where a sign-up came from: coarse, and not what a visitor writes into a header.
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { networkOf, truncate } from '../../src/web/network.ts'

test.each([
  ['192.0.2.17', '192.0.2.0/24'],
  ['::ffff:192.0.2.17', '192.0.2.0/24'],
  ['2001:DB8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['2001:db8::1', '2001:db8:0::/48'],
  ['::1', '0:0:0::/48'],
  ['fe80::1%eth0', null],
  ['192.0.2', null],
  ['', null],
  ["192.0.2.1'; --", null],
])('%j is kept as %j', (address, network) => {
  expect(truncate(address)).toBe(network)
})

test.each([
  [1, '198.51.100.9', '198.51.100.0/24'],
  [1, 'forged, 203.0.113.1, 198.51.100.9', '198.51.100.0/24'],
  [2, '203.0.113.1, 198.51.100.9, 10.0.0.1', '198.51.100.0/24'],
  [2, '198.51.100.9', null],
  [0, '198.51.100.9', null],
])('behind %i proxies, X-Forwarded-For %j means %j', async (proxies, header, network) => {
  const app = new Hono().get('/', (c) => c.json(networkOf(c, proxies)))
  const response = await app.request('/', { headers: { 'x-forwarded-for': header } })
  expect(await response.json()).toBe(network)
})
