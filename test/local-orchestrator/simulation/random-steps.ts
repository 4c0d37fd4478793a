import { compensate, goOn, park } from '../../../local-orchestrator/index.ts';
import { between, pick } from '../../../local-orchestrator/test-kit/index.ts';
import { act, door, effects, undoAct } from './activities.ts';
import type { Making, Open } from './making.ts';
import { limitOf, type Share, shareKeys, shareNames, sharingId } from './shares.ts';
import { BEAT_MS } from './world.ts';

export const stepKinds = ['local', 'command', 'code'] as const;
export type StepKind = (typeof stepKinds)[number];

const MINUTE_MS = 60_000;
/** An answer that comes later is late. */
export const TIMEOUT_MS = 5 * MINUTE_MS;

/** A step of one of the kinds, with any policies, amends and limits. */
export function randomStep(saga: Open, kind: StepKind, number: string, making: Making): Open {
  const { random, chance, kinds } = making;
  const shares = chance(0.35) ? randomShares(making) : [];
  const id = sharingId(number, shares);
  for (const { name } of shares) kinds.add(`limit ${name}`);
  const work = {
    title: 'Work',
    timeoutMs: TIMEOUT_MS,
    retry: { attempts: between(random, 1, 4), firstMs: 1_000, factor: 2, capMs: MINUTE_MS },
    refusal: { firstMs: 1_000, factor: 2, capMs: MINUTE_MS, budgetMs: 2 * MINUTE_MS },
    reconcile: { queries: 2, firstMs: 1_000, factor: 2, capMs: MINUTE_MS, answerMs: MINUTE_MS },
    ...(shares.length === 0 ? {} : { limits: () => shares.map(limitOf) }),
  };
  if (kind === 'command') return command(saga, id, work, making);
  // Those that are heard of while they go on count as lost soon after they fall silent.
  const timed = chance(0.3) ? { ...work, heartbeatMs: 3 * BEAT_MS } : work;
  const options = (name: string) => ({
    ...timed,
    ...randomFailure(making),
    input: () => ({ name }),
    assume: () => ({ name }),
  });
  if (kind === 'code') return saga.step(id, making.code, options(id));
  const undoOf = (name: string) => ({
    undo: { activity: undoAct[pick(random, effects)], ...timed, input: () => ({ name }) },
  });
  const before = `${id}-before`;
  const isSecond = chance(0.1);
  const open = isSecond
    ? saga.step(before, act[pick(random, effects)], { ...options(before), ...undoOf(before) })
    : saga;
  return open.step(id, act[pick(random, effects)], {
    ...options(id),
    ...(chance(0.7) ? undoOf(id) : {}),
    // It takes the place of the one before, whose amends no longer apply.
    ...(isSecond ? { voids: [before as never] } : {}),
  });
}

function command(saga: Open, id: string, work: { readonly title: string }, making: Making): Open {
  const target = { target: `door-${between(making.random, 1, 3)}`, epoch: 0, args: {} };
  const input = () => target;
  const undo = { activity: door.close, ...work, input, when: 'completed' as const };
  return saga.step(id, door.open, {
    ...work,
    ...randomFailure(making),
    input,
    assume: () => ({}),
    ...(making.chance(0.6) ? { undo } : {}),
  });
}

/** Of one or two things; of each no more than one. */
function randomShares({ random, chance }: Making): Share[] {
  const share = (name: string): Share => ({ name, key: pick(random, shareKeys) });
  const first = pick(random, shareNames);
  const others = shareNames.filter((name) => name !== first);
  return chance(0.3) ? [share(first), share(pick(random, others))] : [share(first)];
}

/** Where a failure leads. */
export function randomFailure({ random, chance }: Making) {
  const route = pick(random, ['compensate', 'compensate', 'park', 'go-on'] as const);
  if (route === 'compensate') return chance(0.5) ? {} : { onFailure: { '*': compensate } };
  return { onFailure: { '*': route === 'park' ? park : goOn } };
}
