import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { sequenceOf } from '../../local-orchestrator/decide/backoff.ts';
import { decide } from '../../local-orchestrator/decide/decide.ts';
import {
  type Decision,
  hasEnded,
  type Intent,
  initialState,
  openTaskId,
  type SagaEvent,
  type SagaState,
  type WorkResult,
  wakeAtMs,
} from '../../local-orchestrator/decide/state.ts';
import { stateOf, transitionOps } from '../../local-orchestrator/engine/codec.ts';
import { defineSaga, goOn, park, undoTo } from '../../local-orchestrator/index.ts';
import { act, type Numbers } from './decide-kit.ts';

type Effect = 'idempotent' | 'queryable' | 'neither';
interface StepShape {
  readonly effect: Effect;
  readonly hasAmends: boolean;
  readonly attempts: number;
  readonly failure: 'compensate' | 'park' | 'undo';
}

/** Any chain of steps, with a person in the middle. */
function definitionOf(shapes: readonly StepShape[]): SagaDefinition {
  const policies = {
    title: 'Work',
    timeoutMs: 1_000,
    input: () => ({ value: 1 }),
    refusal: { firstMs: 10, factor: 2, capMs: 100, budgetMs: 500 },
    reconcile: { queries: 2, firstMs: 10, factor: 2, capMs: 100, answerMs: 100 },
    assume: () => ({ value: 3 }),
  };
  let saga = defineSaga<Numbers>('any') as ReturnType<typeof defineSaga<Numbers>>;
  for (const [index, { effect, hasAmends, attempts, failure }] of shapes.entries()) {
    const routes = { compensate: undefined, park: { '*': park }, undo: { '*': undoTo(`s${index}`, 2) } };
    const onFailure = routes[failure];
    saga = saga.step(`s${index}`, act(`s${index}`, effect), {
      ...policies,
      retry: { attempts, firstMs: 10, factor: 2, capMs: 100 },
      ...(onFailure === undefined ? {} : { onFailure }),
      ...(hasAmends ? { undo: { activity: act(`undo-s${index}`), ...policies } } : {}),
    });
    if (index !== 0) continue;
    saga = saga.task('ask', {
      kind: 'ask',
      title: 'Ask',
      text: () => 'Go on?',
      decisions: { yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn } },
    });
  }
  return saga.end({ title: 'Any', version: 1 });
}

const results: fc.Arbitrary<WorkResult> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<WorkResult>({ outcome: 'succeeded', output: { value: 2 } }) },
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
const deeds = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({ kind: fc.constant('next' as const), result: results, pick: fc.nat(4) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('old' as const), result: results }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('repeat' as const), pick: fc.nat(30) }) },
);
type Deed = typeof deeds extends fc.Arbitrary<infer T> ? T : never;

const shapes = fc.array(
  fc.record<StepShape>({
    effect: fc.constantFrom<Effect>('idempotent', 'queryable', 'neither'),
    hasAmends: fc.boolean(),
    attempts: fc.integer({ min: 1, max: 3 }),
    failure: fc.constantFrom('compensate', 'park', 'undo'),
  }),
  { minLength: 1, maxLength: 5 },
);

interface Run {
  state: SagaState;
  nowMs: number;
  readonly events: SagaEvent[];
  readonly decisions: { event: SagaEvent; decision: Decision; atMs: number; seed: number }[];
  readonly intents: Intent[];
}

function eventOf(run: Run, deed: Deed): SagaEvent | undefined {
  const dispatched = run.intents.filter((intent) => intent.do === 'run');
  switch (deed.kind) {
    case 'next':
      return nextEvent(run, deed.result, deed.pick);
    case 'old': {
      const intent = dispatched.at(-2);
      return intent === undefined ? undefined : { type: 'result', work: intent.work, result: deed.result };
    }
    case 'crash':
      return { type: 'recovered' };
    case 'cancel':
      return { type: 'cancel', by: 'ann', reason: 'enough' };
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
const decisions = ['yes', 'retry', 'done', 'skip', 'not-done'] as const;

/** What the saga waits for, in one of the ways it can come. */
function nextEvent(run: Run, result: WorkResult, pick: number): SagaEvent | undefined {
  const taskId = openTaskId(run.state);
  if (taskId !== null) {
    const decision = pick < 2 ? 'yes' : (decisions[pick] ?? 'yes');
    const held = run.state.positions.some((one) => one.at === 'work');
    return {
      type: 'task-decided',
      taskId,
      decision: held ? (decisions[pick] ?? 'retry') : decision,
      by: 'a',
      note: 'n',
    };
  }
  const [position] = run.state.positions;
  if (position?.at !== 'work') return undefined;
  if (position.phase.is === 'running' && pick < 4) return { type: 'result', work: position, result };
  const answer = answers[pick];
  if (position.phase.is === 'asking' && answer !== undefined) {
    return { type: 'answered', work: position, query: position.queries, answer };
  }
  run.nowMs = Math.max(run.nowMs, wakeAtMs(run.state) ?? 0);
  return { type: 'woken' };
}

function play(definition: SagaDefinition, script: readonly Deed[]): Run {
  const state = initialState({
    sagaId: 's',
    hash: 'h',
    correlationId: 'c',
    input: { value: 0 },
    startedMs: 0,
  });
  const run: Run = { state, nowMs: 0, events: [], decisions: [], intents: [] };
  const give = (event: SagaEvent) => {
    const seed = 0.25;
    const decision = decide(definition, run.state, event, run.nowMs, sequenceOf(seed));
    if (decision.state !== run.state) run.events.push(event);
    run.decisions.push({ event, decision, atMs: run.nowMs, seed });
    run.intents.push(...decision.intents);
    run.state = decision.state;
  };
  give({ type: 'started' });
  for (const deed of script) {
    const event = eventOf(run, deed);
    if (event !== undefined) give(event);
  }
  return run;
}

const scenario = fc.tuple(shapes, fc.array(deeds, { minLength: 5, maxLength: 80, size: 'max' }));
const runs = { numRuns: 300 };

test('amends are made in reverse order of completion, and once each', () => {
  let unwound = 0;
  fc.assert(
    fc.property(scenario, ([steps, script]) => {
      const run = play(definitionOf(steps), script);
      const made: { node: string; visit: number; seq: number }[] = [];
      let journal = run.decisions[0]?.decision.state.journal ?? [];
      for (const { decision } of run.decisions) {
        for (const op of decision.journal) {
          if (op.op !== 'amend' || (op.amends !== 'made' && op.amends !== 'skipped')) continue;
          const entry = journal.find((one) => one.node === op.node && one.visit === op.visit);
          expect(entry?.amends).toBe('due'); // never twice
          // Nothing newer is due while this one is being made.
          const newer = journal.filter((one) => one.amends === 'due' && one.seq > (entry?.seq ?? 0));
          expect(newer).toEqual([]);
          made.push({ node: op.node, visit: op.visit, seq: entry?.seq ?? 0 });
        }
        journal = decision.state.journal;
      }
      unwound += made.length;
      expect(new Set(made.map(({ node, visit }) => `${node}.${visit}`)).size).toBe(made.length);
      if (hasEnded(run.state) && run.state.status !== 'completed') {
        expect(run.state.journal.filter((entry) => entry.amends === 'due')).toEqual([]);
      }
    }),
    runs,
  );
  expect(unwound).toBeGreaterThan(100); // the property was put to the test
});

test('no attempt is dispatched twice, except an idempotent one after a crash', () => {
  let again = 0;
  fc.assert(
    fc.property(scenario, ([steps, script]) => {
      const run = play(definitionOf(steps), script);
      const seen = new Set<string>();
      for (const { decision, event } of run.decisions) {
        for (const intent of decision.intents) {
          if (intent.do !== 'run') continue;
          const { node, visit, role, attempt } = intent.work;
          const name = `${node}.${visit}.${role}.${attempt}`;
          if (seen.has(name)) {
            again += 1;
            expect(event.type).toBe('recovered');
            expect(intent.activity.effect).toBe('idempotent');
          }
          seen.add(name);
        }
      }
    }),
    runs,
  );
  expect(again).toBeGreaterThan(10);
});

test('what is not idempotent is never done again while nobody knows whether it was', () => {
  let held = 0;
  fc.assert(
    fc.property(scenario, ([steps, script]) => {
      const run = play(definitionOf(steps), script);
      let unknown: string | null = null;
      for (const { decision, event } of run.decisions) {
        for (const intent of decision.intents) {
          if (intent.do !== 'run' || intent.activity.effect === 'idempotent') continue;
          const name = `${intent.work.node}.${intent.work.visit}.${intent.work.role}`;
          // A new attempt at work of unknown outcome needs somebody's word: the device's or a person's.
          if (unknown === name) expect(['answered', 'task-decided']).toContain(event.type);
        }
        unknown = null;
        for (const position of decision.state.positions) {
          if (position.at !== 'work') continue;
          const open = ['asking', 'doubting'].includes(position.phase.is);
          const asked = position.phase.is === 'held' && position.phase.cause === 'unknown-outcome';
          if (open || asked) unknown = `${position.node}.${position.visit}.${position.role}`;
          if (asked) held += 1;
        }
      }
    }),
    runs,
  );
  expect(held).toBeGreaterThan(20);
});

test('an event given again changes nothing, and what has ended stays as it is', () => {
  fc.assert(
    fc.property(scenario, fc.nat(), ([steps, script], chosen) => {
      const definition = definitionOf(steps);
      const run = play(definition, script);
      const repeats = run.events.filter(({ type }) => ['result', 'task-decided', 'started'].includes(type));
      const event = repeats[chosen % Math.max(1, repeats.length)];
      if (event === undefined) return;
      const decision = decide(definition, run.state, event, run.nowMs, sequenceOf(0.5));
      expect(decision.state).toBe(run.state);
      expect(decision.intents).toEqual([]);
      if (!hasEnded(run.state)) return;
      for (const late of run.events) {
        expect(decide(definition, run.state, late, run.nowMs, sequenceOf(0.5)).state).toBe(run.state);
      }
    }),
    runs,
  );
});

test('what is read back from its rows is what was decided, and replaying its history gives the same', () => {
  fc.assert(
    fc.property(scenario, ([steps, script]) => {
      const definition = definitionOf(steps);
      const run = play(definition, script);
      const changed = run.decisions.filter(({ decision }, index) => {
        const before = index === 0 ? 0 : (run.decisions[index - 1]?.decision.state.seq ?? 0);
        return decision.state.seq > before;
      });
      const journals: { event: string; journal: string }[] = [];
      for (const transition of changed) {
        const [history] = transitionOps(
          [{ ...transition, name: 'any', traceparent: null, search: null }],
          'site',
        ).filter((op) => op.op === 'run' && op.statement === 'saga.history');
        if (history?.op !== 'run') throw new Error('a transition without history');
        const { event, journal } = history.params;
        if (journal !== null) journals.push({ event: String(event), journal: String(journal) });
      }
      const { positions, groups, unwindings, cancel, result } = run.state;
      const row = {
        saga_id: 's',
        hash: 'h',
        correlation_id: 'c',
        input: '{"value":0}',
        started_ms: 0,
        seq: run.state.seq,
        status: run.state.status,
        state: JSON.stringify({ positions, groups, unwindings, cancel, result }),
      };
      expect(stateOf(row, journals)).toEqual(run.state);
      let replayed = initialState({
        sagaId: 's',
        hash: 'h',
        correlationId: 'c',
        input: { value: 0 },
        startedMs: 0,
      });
      for (const { event, atMs, seed } of changed) {
        replayed = decide(definition, replayed, event, atMs, sequenceOf(seed)).state;
      }
      expect(replayed).toEqual(run.state);
    }),
    runs,
  );
});
