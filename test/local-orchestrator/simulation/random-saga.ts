import { Type } from 'typebox';
import type { Random } from '#contracts/clock.ts';
import type { JoinPolicy, SagaDefinition } from '#contracts/sagas.ts';
import {
  compensate,
  defineSaga,
  endCancelled,
  eq,
  goOn,
  or,
  park,
  type SagaBuilder,
  sagaNamed,
  undoTo,
} from '../../../local-orchestrator/index.ts';
import { between, pick } from '../../../local-orchestrator/test-kit/index.ts';
import { act, door, type Named, type SimWorld, undoAct } from './world.ts';

type Open = SagaBuilder<Named, unknown>;

export const blockKinds = [
  'local',
  'command',
  'code',
  'branch',
  'timer',
  'signal',
  'task',
  'undo',
  'parallel',
  'each',
  'loop',
  'child',
] as const;
type BlockKind = (typeof blockKinds)[number];
const leaves = blockKinds.slice(0, 8);

export interface RandomSaga {
  readonly definition: SagaDefinition;
  readonly kinds: ReadonlySet<string>;
  /** Names of the signals that it waits for. */
  readonly signals: readonly string[];
}

export const CHILD = 'sim-child';
export const PARENT = 'sim-parent';
const MINUTE_MS = 60_000;
/** Steps of the same limit and key take turns. */
const ZONES = ['north', 'south'];

/** A saga made of anything there is, the same for the same sequence of chance. */
export function randomSaga(name: string, random: Random, code: SimWorld['code']): RandomSaga {
  const kinds = new Set<string>();
  const signals: string[] = [];
  const isChild = name === CHILD;
  let count = 0;

  const chance = (share: number) => random() < share;
  const work = {
    title: 'Work',
    timeoutMs: 5 * MINUTE_MS,
    retry: { attempts: between(random, 1, 4), firstMs: 1_000, factor: 2, capMs: MINUTE_MS },
    refusal: { firstMs: 1_000, factor: 2, capMs: MINUTE_MS, budgetMs: 10 * MINUTE_MS },
    reconcile: { queries: 2, firstMs: 1_000, factor: 2, capMs: MINUTE_MS, answerMs: MINUTE_MS },
  };
  const failure = () => {
    const route = pick(random, ['compensate', 'compensate', 'park', 'go-on'] as const);
    if (route === 'compensate') return chance(0.5) ? {} : { onFailure: { '*': compensate } };
    return { onFailure: { '*': route === 'park' ? park : goOn } };
  };
  const limits = () =>
    chance(0.15) ? { limits: () => [{ name: 'zone', key: pick(random, ZONES), concurrencyMax: 1 }] } : {};

  const chain = (saga: Open, depth: number): Open => {
    let open = saga;
    for (let left = between(random, 1, depth === 0 ? 5 : 2); left > 0; left -= 1) open = block(open, depth);
    return open;
  };

  const block = (saga: Open, depth: number): Open => {
    const kind = pick<BlockKind>(random, depth < 2 && !isChild ? blockKinds : leaves);
    kinds.add(kind);
    count += 1;
    const id = `${kind}-${count}`;
    switch (kind) {
      case 'parallel':
      case 'each':
      case 'loop':
      case 'branch':
        return group(saga, kind, id, depth + 1);
      case 'local':
      case 'command':
      case 'code':
        return step(saga, kind, id);
      case 'undo':
        return step(saga, 'local', `${id}-step`).task(id, {
          kind: 'sim-undo',
          title: 'Once more?',
          text: () => 'It can be undone and begun again.',
          decisions: {
            no: { label: 'No', tone: 'primary', needsNote: false, leads: goOn },
            again: {
              label: 'Again',
              tone: 'neutral',
              needsNote: false,
              leads: undoTo<Named, unknown>(`${id}-step`, 2, goOn),
            },
          },
        });
      default:
        return wait(saga, kind, id);
    }
  };

  const step = (saga: Open, kind: 'local' | 'command' | 'code', id: string): Open => {
    const input = () => ({ name: id });
    if (kind === 'code') {
      return saga.step(id, code, { ...work, ...failure(), input, assume: () => ({ name: id }) });
    }
    if (kind === 'command') {
      const command = () => ({ target: `door-${between(random, 1, 3)}`, epoch: 0, args: {} });
      const target = command();
      return saga.step(id, door.open, {
        ...work,
        ...failure(),
        ...limits(),
        input: () => target,
        assume: () => ({}),
        ...(chance(0.6)
          ? { undo: { activity: door.close, ...work, input: () => target, when: 'completed' as const } }
          : {}),
      });
    }
    const effect = pick(random, ['idempotent', 'queryable', 'neither'] as const);
    const undo = pick(random, ['idempotent', 'queryable', 'neither'] as const);
    return saga.step(id, act[effect], {
      ...work,
      ...failure(),
      ...limits(),
      input,
      assume: () => ({ name: id }),
      ...(chance(0.7) ? { undo: { activity: undoAct[undo], ...work, input } } : {}),
    });
  };

  const wait = (saga: Open, kind: BlockKind, id: string): Open => {
    if (kind === 'timer') {
      const delayMs = between(random, 1, 120) * MINUTE_MS;
      return saga.timer(id, { title: 'Rest', delayMs: () => delayMs });
    }
    if (kind === 'signal') {
      const signal = `word-${between(random, 1, 2)}`;
      signals.push(signal);
      // Nobody sends word to a child.
      const timeout = isChild || chance(0.3) ? { timeoutMs: 30 * MINUTE_MS, onTimeout: goOn } : {};
      return saga.signal(id, { title: 'Word', signal, payload: Type.Object({}), ...timeout });
    }
    if (kind === 'child') {
      return saga.child(id, sagaNamed<Named, unknown>(CHILD), {
        title: 'Child',
        input: () => ({ name: id }),
        onCancel: pick(random, ['cancel', 'leave'] as const),
        ...failure(),
      });
    }
    const due = chance(0.4) ? { dueMs: PERSON_MS, onDue: goOn } : {};
    return saga.task(id, {
      kind: 'sim-task',
      title: 'Go on?',
      text: () => 'Go on?',
      ...due,
      decisions: {
        yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn },
        no: {
          label: 'No',
          tone: 'danger',
          needsNote: true,
          leads: chance(0.3) ? endCancelled('enough') : goOn,
        },
      },
    });
  };

  const group = (
    saga: Open,
    kind: 'parallel' | 'each' | 'loop' | 'branch',
    id: string,
    depth: number,
  ): Open => {
    const way = (inner: unknown) => chain(inner as Open, depth);
    const need: JoinPolicy = pick(random, ['all', 'any', 'settled', 1, 2] as const);
    const rest = pick(random, ['cancel', 'await'] as const);
    if (kind === 'branch') {
      const sides = [eq(1, 1), eq(1, 2), or(eq(1, 2), eq(2, 2))];
      const when = pick(random, sides);
      return saga.branch(id, { title: 'Either', when: () => when, way });
    }
    if (kind === 'loop') {
      const timesMax = between(random, 1, 3);
      return saga.loop(id, { title: 'Round', timesMax, again: () => eq(1, 1), onExhausted: goOn, way });
    }
    kinds.add(`${kind} ${typeof need === 'number' ? 'count' : need}`);
    if (kind === 'parallel') {
      const names = ['left', 'right', 'middle'].slice(0, between(random, 2, 3));
      const ways = Object.fromEntries(names.map((one) => [one, { title: one, way }]));
      return saga.parallel(id, { title: 'Together', need, rest, ways, ...failure() });
    }
    const items = Array.from({ length: between(random, 2, 4) }, (_one, index) => index);
    return saga.each(id, {
      title: 'For each',
      need,
      rest,
      items: () => items,
      concurrencyMax: between(random, 1, 3),
      way,
      ...failure(),
    });
  };

  const begun = defineSaga<Named>(name) as unknown as Open;
  const definition = chain(begun, 0).end({ title: 'Simulated', version: 1 });
  return { definition, kinds, signals };
}

/** People of the simulation look after so long, and tasks of it are due then: they meet. */
export const PERSON_MS = 3 * MINUTE_MS;
