import type { Random } from '#contracts/clock.ts';
import type { JoinPolicy, SagaDefinition } from '#contracts/sagas.ts';
import { defineSaga, eq, goOn, or } from '../../../local-orchestrator/index.ts';
import { between, pick } from '../../../local-orchestrator/test-kit/index.ts';
import type { Named } from './activities.ts';
import { CHILD, type Making, type Open } from './making.ts';
import { randomFailure, randomStep, type StepKind, stepKinds } from './random-steps.ts';
import { randomWait, type WaitKind, waitKinds } from './random-waits.ts';
import type { SimWorld } from './world.ts';

const groupKinds = ['parallel', 'each', 'loop', 'branch'] as const;
type GroupKind = (typeof groupKinds)[number];
type BlockKind = StepKind | WaitKind | GroupKind;
const leaves: readonly BlockKind[] = [...stepKinds, ...waitKinds, 'branch'];
/** Local work is what most sagas are made of, and what limits are about. */
const inChild: readonly BlockKind[] = [...leaves, 'local', 'parallel', 'each', 'loop'];
const all: readonly BlockKind[] = [...inChild, 'child'];
export const blockKinds: readonly string[] = [
  ...new Set(all),
  ...['parallel', 'each', 'loop'].map((kind) => `${kind} in a child`),
];

export interface RandomSaga {
  readonly definition: SagaDefinition;
  readonly kinds: ReadonlySet<string>;
  /** Names of the signals that it waits for. */
  readonly signals: readonly string[];
  /** Nodes that begin another saga. */
  readonly children: readonly string[];
}

/** How deep groups lie in groups. A child begins at one: it is in a node of its parent already. */
const DEPTH_MAX = 2;

/** A saga made of anything there is, the same for the same sequence of chance. */
export function randomSaga(name: string, random: Random, code: SimWorld['code']): RandomSaga {
  const isChild = name === CHILD;
  const making: Making = {
    random,
    chance: (share) => random() < share,
    code,
    kinds: new Set(),
    signals: new Set(),
    children: [],
  };
  let count = 0;

  const chain = (saga: Open, depth: number): Open => {
    let open = saga;
    for (let left = between(random, 1, depth === 0 ? 5 : 2); left > 0; left -= 1) open = block(open, depth);
    return open;
  };
  const block = (saga: Open, depth: number): Open => {
    const kind = pick(random, depth >= DEPTH_MAX ? leaves : isChild ? inChild : all);
    making.kinds.add(kind);
    count += 1;
    const id = `${kind}-${count}`;
    if (isStep(kind)) return randomStep(saga, kind, id, making);
    if (!isGroup(kind)) return randomWait(saga, kind, id, making);
    if (isChild) making.kinds.add(`${kind} in a child`);
    return group(saga, kind, id, (inner) => chain(inner, depth + 1), making);
  };

  const begun = defineSaga<Named>(name) as unknown as Open;
  const definition = chain(begun, isChild ? 1 : 0).end({ title: 'Simulated', version: 1 });
  const { kinds, signals, children } = making;
  return { definition, kinds, signals: [...signals], children };
}

const isStep = (kind: BlockKind): kind is StepKind => (stepKinds as readonly string[]).includes(kind);
const isGroup = (kind: BlockKind): kind is GroupKind => (groupKinds as readonly string[]).includes(kind);

function group(saga: Open, kind: GroupKind, id: string, fill: (inner: Open) => Open, making: Making): Open {
  const { random, kinds } = making;
  const way = (inner: unknown) => fill(inner as Open);
  if (kind === 'branch') {
    const when = pick(random, [eq(1, 1), eq(1, 2), or(eq(1, 2), eq(2, 2))]);
    return saga.branch(id, { title: 'Either', when: () => when, way });
  }
  if (kind === 'loop') {
    const timesMax = between(random, 1, 3);
    return saga.loop(id, { title: 'Round', timesMax, again: () => eq(1, 1), onExhausted: goOn, way });
  }
  const need: JoinPolicy = pick(random, ['all', 'any', 'settled', 1, 2] as const);
  const rest = pick(random, ['cancel', 'await'] as const);
  kinds.add(`${kind} ${typeof need === 'number' ? 'count' : need}`);
  if (kind === 'parallel') {
    const names = ['left', 'right', 'middle'].slice(0, between(random, 2, 3));
    const ways = Object.fromEntries(names.map((one) => [one, { title: one, way }]));
    return saga.parallel(id, { title: 'Together', need, rest, ways, ...randomFailure(making) });
  }
  const items = Array.from({ length: between(random, 2, 4) }, (_one, index) => index);
  return saga.each(id, {
    title: 'For each',
    need,
    rest,
    items: () => items,
    concurrencyMax: between(random, 1, 3),
    way,
    ...randomFailure(making),
  });
}
