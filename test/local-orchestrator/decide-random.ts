import fc from 'fast-check';
import { Type } from 'typebox';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { sequenceOf } from '../../local-orchestrator/decide/backoff.ts';
import { decide } from '../../local-orchestrator/decide/decide.ts';
import type { Decision, Intent } from '../../local-orchestrator/decide/decision.ts';
import type { SagaEvent, WorkResult } from '../../local-orchestrator/decide/events.ts';
import {
  hasEnded,
  initialState,
  type Position,
  type SagaState,
} from '../../local-orchestrator/decide/state.ts';
import {
  defineSaga,
  eq,
  goOn,
  park,
  type SagaBuilder,
  sagaNamed,
  undoTo,
} from '../../local-orchestrator/index.ts';
import { act, type Numbers } from './decide-kit.ts';

/** Any piece of a definition: the nodes that groups are made of, and the groups. */
export type Block =
  | {
      readonly is: 'step';
      readonly effect: 'idempotent' | 'queryable' | 'neither';
      readonly hasAmends: boolean;
      readonly attempts: number;
      readonly failure: 'compensate' | 'park' | 'undo';
      readonly limited: boolean;
      readonly broken: boolean;
    }
  | { readonly is: 'task' | 'timer' | 'signal' }
  | { readonly is: 'child'; readonly onCancel: 'cancel' | 'leave'; readonly failure: 'compensate' | 'park' }
  | {
      readonly is: 'parallel' | 'each';
      readonly need: 'all' | 'any' | 'settled' | 1 | 2;
      readonly rest: 'cancel' | 'await';
      readonly failure: 'compensate' | 'park' | 'go-on';
      readonly ways: readonly (readonly Block[])[];
    }
  | { readonly is: 'loop'; readonly timesMax: number; readonly body: readonly Block[] };

const leaf: fc.Arbitrary<Block> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      is: fc.constant('step' as const),
      effect: fc.constantFrom('idempotent' as const, 'queryable' as const, 'neither' as const),
      hasAmends: fc.integer({ min: 0, max: 3 }).map((one) => one > 0),
      attempts: fc.integer({ min: 1, max: 3 }),
      failure: fc.constantFrom(
        'compensate' as const,
        'compensate' as const,
        'park' as const,
        'undo' as const,
      ),
      limited: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
      broken: fc.integer({ min: 0, max: 19 }).map((one) => one === 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ is: fc.constantFrom('task' as const, 'timer' as const, 'signal' as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('child' as const),
      onCancel: fc.constantFrom('cancel' as const, 'leave' as const),
      failure: fc.constantFrom('compensate' as const, 'park' as const),
    }),
  },
);
const chain = (inner: fc.Arbitrary<Block>) => fc.array(inner, { minLength: 1, maxLength: 3, size: 'max' });
const group = (inner: fc.Arbitrary<Block>): fc.Arbitrary<Block> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        is: fc.constantFrom('parallel' as const, 'each' as const),
        need: fc.constantFrom('all' as const, 'any' as const, 'settled' as const, 1 as const, 2 as const),
        rest: fc.constantFrom('cancel' as const, 'await' as const),
        failure: fc.constantFrom('compensate' as const, 'park' as const, 'go-on' as const),
        ways: fc.array(chain(inner), { minLength: 2, maxLength: 3, size: 'max' }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        is: fc.constant('loop' as const),
        timesMax: fc.integer({ min: 1, max: 3 }),
        body: chain(inner),
      }),
    },
  );
const inGroup = fc.oneof({ weight: 5, arbitrary: leaf }, { weight: 1, arbitrary: group(leaf) });
/** A chain of steps and groups, with groups in groups. */
export const blocks = fc.array(
  fc.oneof({ weight: 2, arbitrary: leaf }, { weight: 3, arbitrary: group(inGroup) }),
  { minLength: 1, maxLength: 4, size: 'max' },
);

type Open = SagaBuilder<Numbers, unknown>;

const policies = {
  title: 'Work',
  timeoutMs: 1_000,
  input: () => ({ value: 1 }),
  refusal: { firstMs: 10, factor: 2, capMs: 100, budgetMs: 500 },
  reconcile: { queries: 2, firstMs: 10, factor: 2, capMs: 100, answerMs: 100 },
  assume: () => ({ value: 3 }),
};
const yes = { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn } as const;

export function definitionOf(chain: readonly Block[]): SagaDefinition {
  let count = 0;
  const add = (saga: Open, block: Block): Open => {
    count += 1;
    const id = `${block.is[0]}${count}`;
    switch (block.is) {
      case 'step':
        return step(saga, id, block);
      case 'task':
        return saga.task(id, { kind: 'ask', title: 'Ask', text: () => 'Go on?', decisions: { yes } });
      case 'timer':
        return saga.timer(id, { title: 'Rest', delayMs: () => 50 });
      case 'signal':
        return saga.signal(id, { title: 'Word', signal: 'word', payload: Type.Object({}) });
      case 'child':
        return saga.child(id, sagaNamed<Numbers, Numbers>('child'), {
          title: 'Child',
          input: () => ({ value: 1 }),
          timeoutMs: 2_000,
          onCancel: block.onCancel,
          undo: { activity: act(`undo-${id}`), ...policies },
          ...(block.failure === 'park' ? { onFailure: { '*': park } } : {}),
        });
      case 'loop':
        return saga.loop(id, {
          title: 'Round',
          timesMax: block.timesMax,
          again: () => eq(1, 1),
          onExhausted: goOn,
          way: (inner) => block.body.reduce(add, inner as Open),
        });
      default:
        return ways(saga, id, block);
    }
  };
  const ways = (saga: Open, id: string, block: Extract<Block, { is: 'parallel' | 'each' }>): Open => {
    const { need, rest } = block;
    const routes = { compensate: {}, park: { '*': park }, 'go-on': { '*': goOn } };
    const options = { title: 'Group', need, rest, onFailure: routes[block.failure] };
    if (block.is === 'parallel') {
      const named = block.ways.map((way, at) => [
        `w${at}`,
        { title: 'Way', way: (inner: Open) => way.reduce(add, inner) },
      ]);
      return saga.parallel(id, { ...options, ways: Object.fromEntries(named) });
    }
    return saga.each(id, {
      ...options,
      items: () => block.ways.map((_way, at) => at),
      concurrencyMax: 2,
      way: (inner) => (block.ways[0] ?? []).reduce(add, inner as Open),
    });
  };
  const begun = defineSaga<Numbers>('any') as unknown as Open;
  return chain.reduce(add, begun).end({ title: 'Any', version: 1 });
}

function step(saga: Open, id: string, block: Extract<Block, { is: 'step' }>): Open {
  const routes = { compensate: {}, park: { '*': park }, undo: { '*': undoTo<Numbers, unknown>(id, 2) } };
  return saga.step(id, act(id, block.effect), {
    ...policies,
    input: ({ input }) => ({ value: block.broken ? (input as never as { no: number }).no : 1 }),
    retry: { attempts: block.attempts, firstMs: 10, factor: 2, capMs: 100 },
    onFailure: routes[block.failure],
    ...(block.limited ? { limits: () => [{ name: 'zone', key: 'z', concurrencyMax: 1 }] } : {}),
    ...(block.hasAmends ? { undo: { activity: act(`undo-${id}`), ...policies } } : {}),
  });
}

const results: fc.Arbitrary<WorkResult> = fc.oneof(
  { weight: 10, arbitrary: fc.constant<WorkResult>({ outcome: 'succeeded', output: { value: 2 } }) },
  {
    weight: 2,
    arbitrary: fc
      .boolean()
      .map((retryable): WorkResult => ({ outcome: 'failed', code: 'X', reason: 'x', retryable })),
  },
  { weight: 1, arbitrary: fc.constant<WorkResult>({ outcome: 'refused', reason: 'stop' }) },
  { weight: 1, arbitrary: fc.constant<WorkResult>({ outcome: 'unknown', reason: 'gone' }) },
);
/** What the world does next: mostly what the saga waits for, now and then something out of turn. */
export const deeds = fc.array(
  fc.oneof(
    {
      weight: 16,
      arbitrary: fc.record({
        kind: fc.constant('next' as const),
        result: results,
        which: fc.nat(1_000),
        pick: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('old' as const), result: results }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('repeat' as const), pick: fc.nat(60) }) },
  ),
  { minLength: 5, maxLength: 80, size: 'max' },
);
type Deed = typeof deeds extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

export interface Decided {
  readonly event: SagaEvent;
  readonly before: SagaState;
  readonly decision: Decision;
  readonly atMs: number;
  readonly seed: number;
}
export interface Run {
  readonly definition: SagaDefinition;
  state: SagaState;
  nowMs: number;
  readonly events: SagaEvent[];
  readonly decisions: Decided[];
  readonly intents: Intent[];
}

export const fresh = (): SagaState =>
  initialState({ sagaId: 's', hash: 'h', correlationId: 'c', input: { value: 0 }, startedMs: 0 });

export function give(run: Run, event: SagaEvent): void {
  const seed = 0.25;
  const before = run.state;
  const decision = decide(run.definition, before, event, run.nowMs, sequenceOf(seed));
  if (decision.state !== before) run.events.push(event);
  run.decisions.push({ event, before, decision, atMs: run.nowMs, seed });
  run.intents.push(...decision.intents);
  run.state = decision.state;
}

export function play(chain: readonly Block[], script: readonly Deed[]): Run {
  const definition = definitionOf(chain);
  const run: Run = { definition, state: fresh(), nowMs: 0, events: [], decisions: [], intents: [] };
  give(run, { type: 'started' });
  for (const deed of script) {
    const event = eventOf(run, deed);
    if (event !== undefined) give(run, event);
  }
  return run;
}

/** From here on all goes well, until the saga has come to its end. Fails when it never does. */
export function playOut(run: Run, deedsMax = 2_000): void {
  const succeeded: WorkResult = { outcome: 'succeeded', output: { value: 2 } };
  for (let count = 0; !hasEnded(run.state); count += 1) {
    if (count > deedsMax) throw new Error(`it goes on for ever: ${JSON.stringify(run.state.positions)}`);
    const position = run.state.positions[count % Math.max(1, run.state.positions.length)];
    if (position === undefined) throw new Error('it waits for nothing, and has not ended');
    give(run, nextEvent(run, position, succeeded, 0));
  }
}

function eventOf(run: Run, deed: Deed): SagaEvent | undefined {
  const { positions } = run.state;
  switch (deed.kind) {
    case 'next': {
      const position = positions[deed.which % Math.max(1, positions.length)];
      return position === undefined ? undefined : nextEvent(run, position, deed.result, deed.pick);
    }
    case 'old': {
      const intent = run.intents.filter((one) => one.do === 'run').at(-2);
      return intent === undefined ? undefined : { type: 'result', work: intent.work, result: deed.result };
    }
    case 'crash':
      return { type: 'recovered' };
    case 'repeat':
      return run.events[deed.pick];
  }
}

const answers = [
  { outcome: 'done', output: { value: 2 } },
  { outcome: 'running' },
  { outcome: 'not-done', reason: 'no' },
  { outcome: 'failed', reason: 'broke' },
  { outcome: 'unknown', reason: 'silence' },
] as const;
const childEnds = ['completed', 'completed', 'compensated', 'cancelled', 'missing'] as const;

/** What a position waits for, in one of the ways it can come; `pick` 0 is the good one. */
function nextEvent(run: Run, position: Position, result: WorkResult, pick: number): SagaEvent {
  const { phase } = position.at === 'work' ? position : { phase: null };
  if (position.at === 'work' && phase?.is === 'queued') return { type: 'granted', work: position };
  if (position.at === 'work' && phase?.is === 'running' && pick === 4)
    return { type: 'silent', work: position };
  if (position.at === 'work' && phase?.is === 'running' && pick !== 3) {
    return { type: 'result', work: position, result };
  }
  if (position.at === 'work' && phase?.is === 'asking') {
    return {
      type: 'answered',
      work: position,
      query: position.queries,
      answer: answers[pick] ?? answers[0],
    };
  }
  if (phase?.is === 'held') return decided(phase.taskId, heldAnswer(position, phase.cause, pick));
  if (position.at === 'task') return decided(position.taskId, parkedOr(run, position, pick));
  if (position.at === 'signal') return { type: 'signal', signalId: 'x', name: 'word', payload: {} };
  if (position.at === 'child' && pick !== 3) {
    const status = run.state.cancel === null ? (childEnds[pick] ?? 'completed') : 'cancelled';
    return { type: 'child-ended', childId: position.childId, status, output: { value: 5 }, reason: 'so' };
  }
  run.nowMs += 1_100;
  return { type: 'woken' };
}

const decided = (taskId: string, decision: string): SagaEvent => ({
  type: 'task-decided',
  taskId,
  decision,
  by: 'a',
  note: 'n',
});

function heldAnswer(position: Position, cause: string, pick: number): string {
  if (pick > 0) return ['retry', 'done', 'by-hand', 'not-done'][pick - 1] ?? 'retry';
  if (cause === 'unknown-outcome') return 'done';
  return position.at === 'work' && position.role === 'compensation' ? 'skip' : 'cancel';
}

const parkedOr = (run: Run, { node }: Position, pick: number): string =>
  run.definition.nodes[node]?.kind === 'task' ? 'yes' : pick === 0 ? 'cancel' : 'retry';
