import type { DefinitionVersion, Rollout, Shadow, ShadowReport } from '#contracts/rollout.ts';
import { hashOf } from './fake-saga-lives.ts';
import { ago } from './fake-time.ts';

const old = hashOf('pick-order');
export const fresh = 'b'.repeat(64);
const lacking = 'c'.repeat(64);

const version = (name: string, title: string, more: Partial<DefinitionVersion>): DefinitionVersion => ({
  name,
  title,
  hash: hashOf(name),
  version: 1,
  savedAt: ago(86_400),
  running: 0,
  current: true,
  shipped: true,
  pinned: false,
  missing: null,
  ...more,
});

export const versions = (): DefinitionVersion[] => [
  version('pick-order', 'Pick an order', { running: 4 }),
  version('pick-order', 'Pick an order', {
    hash: fresh,
    version: 2,
    running: 1,
    current: false,
    shipped: false,
  }),
  version('pick-order', 'Pick an order', {
    hash: lacking,
    version: 3,
    current: false,
    shipped: false,
    missing: 'no device can Turntable.turn',
  }),
  version('replenish', 'Replenish a place', {}),
  version('dock-handoff', 'Hand a dock over to a vehicle', { running: 1 }),
  version('robot-recovery', 'Recover a robot', { pinned: true, shipped: false, version: 4 }),
  version('robot-recovery', 'Recover a robot', { hash: 'd'.repeat(64), version: 5, current: false }),
];

export const rollouts = (): Rollout[] => [
  {
    rolloutId: 'trial-2',
    name: 'pick-order',
    from: old,
    to: fresh,
    key: 'input.zone',
    take: { values: ['a', 'b'] },
    guard: {
      samplesMin: 20,
      windowMs: 86_400_000,
      failureMore: 0.05,
      compensationMore: 0.1,
      durationFactor: 2,
    },
    state: 'running',
    startedAt: ago(7_200),
    startedBy: 'tess',
    reason: 'shorter ways',
    endedAt: null,
    endedBy: null,
    endReason: null,
    old: { samples: 180, failureRate: 0.02, compensationRate: 0.03, durationMsP95: 240_000 },
    new: { samples: 14, failureRate: 0.143, compensationRate: 0.071, durationMsP95: 199_000 },
  },
  {
    rolloutId: 'trial-1',
    name: 'pick-order',
    from: old,
    to: lacking,
    key: 'saga.correlation',
    take: { percent: 10 },
    guard: {
      samplesMin: 20,
      windowMs: 86_400_000,
      failureMore: 0.05,
      compensationMore: null,
      durationFactor: null,
    },
    state: 'rolled-back',
    startedAt: ago(172_800),
    startedBy: 'tess',
    reason: 'a first try',
    endedAt: ago(160_000),
    endedBy: 'guard',
    endReason: '12 % failed, of the old version 2 %; at most 5 % more were allowed',
    old: null,
    new: null,
  },
];

export const shadows = (): Shadow[] => [
  {
    shadowId: 'shadow-1',
    name: 'robot-recovery',
    hash: 'd'.repeat(64),
    state: 'running',
    startedAt: ago(50_000),
    startedBy: 'tess',
    reason: 'before it is tried',
    endedAt: null,
    same: 38,
    different: 2,
  },
];

export const reports = (): ShadowReport[] => [
  {
    sagaId: 'robot-recovery:amr-2',
    at: ago(3_000),
    realHash: hashOf('robot-recovery'),
    verdict: 'different',
    first: { kind: 'added', node: 'park', words: '"Park it" (MobileRobot.goTo) with park-1' },
    divergences: [
      { kind: 'added', node: 'park', words: '"Park it" (MobileRobot.goTo) with park-1' },
      { kind: 'no-outcome', node: 'park', words: 'nothing is recorded that would answer "Park it"' },
    ],
    realEnd: 'completed',
    shadowEnd: null,
  },
];
