// How the samples of a profile are added up.
import { expect, test } from 'vitest'
import { sharesOf, type CpuProfile } from './profile.ts'

function profile(): CpuProfile {
  const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
    id,
    callFrame: { functionName, url },
    children,
  })
  return {
    nodes: [
      node(1, '(root)', '', [2, 4, 6, 7, 8]),
      node(2, 'carry', 'file:///p/src/delivery/transports/smtp-pool.js', [3]),
      node(3, 'writev', 'node:net'),
      node(4, 'compose', 'file:///p/src/campaign/composer.js', [5]),
      node(5, 'encode', 'file:///p/src/message/mime/body.js'),
      node(6, '(garbage collector)', ''),
      node(7, '(idle)', ''),
      node(8, 'processTimers', 'node:internal/timers'),
    ],
    samples: [3, 2, 5, 4, 6, 7, 8],
    timeDeltas: [300, 100, 200, 100, 100, 5_000, 200],
  }
}

test('what Node does counts for its caller, idle time for nobody', () => {
  expect(sharesOf(profile())).toEqual([
    { what: 'SMTP', share: 0.4 },
    { what: 'MIME', share: 0.2 },
    { what: 'Node itself', share: 0.2 },
    { what: 'render', share: 0.1 },
    { what: 'garbage collector', share: 0.1 },
  ])
})

test('a worker that never ran has no shares', () => {
  expect(sharesOf({ ...profile(), samples: [7], timeDeltas: [10] })).toEqual([])
})
