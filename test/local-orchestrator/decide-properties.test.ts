import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sequenceOf } from '../../local-orchestrator/decide/backoff.ts';
import { decide } from '../../local-orchestrator/decide/decide.ts';
import { areOrdered, wayLane } from '../../local-orchestrator/decide/lanes.ts';
import { hasEnded, type JournalEntry, type SagaState } from '../../local-orchestrator/decide/state.ts';
import { stateOf, transitionOps } from '../../local-orchestrator/engine/codec.ts';
import { samples } from '../support/samples.ts';
import { blocks, type Decided, deeds, fresh, give, play, playOut, type Run } from './decide-random.ts';

const scenario = fc.tuple(blocks, deeds);

const entryOf = (state: SagaState, { node, visit }: { node: string; visit: number }) =>
  state.journal.find((one) => one.node === node && one.visit === visit && one.amends !== 'none');
/** What must be undone, or must come to its end, before this entry is. */
const standsOn = (state: SagaState, entry: JournalEntry) => [
  ...state.journal.filter(
    (one) => one.amends === 'due' && one.seq > entry.seq && areOrdered(one.lane, entry.lane),
  ),
  ...state.positions.filter(
    (one) => !(one.at === 'work' && one.role === 'compensation') && areOrdered(one.lane, entry.lane),
  ),
];
const changes = (run: Run): Decided[] =>
  run.decisions.filter(({ before, decision }) => decision.state !== before);

test('amends are made in reverse order of completion, ways side by side, and once each', () => {
  let unwound = 0;
  let sideBySide = 0;
  fc.assert(
    fc.property(scenario, fc.nat(40), fc.boolean(), ([chain, script], moment, isUnwanted) => {
      const run = play(chain, isUnwanted ? script.slice(0, moment) : script);
      if (isUnwanted) give(run, { type: 'cancel', by: 'ann', reason: 'enough' });
      playOut(run);
      const made = new Set<string>();
      for (const { before, decision } of run.decisions) {
        for (const intent of decision.intents) {
          if (intent.do !== 'run' || intent.work.role !== 'compensation') continue;
          const entry = entryOf(decision.state, intent.work);
          expect(entry?.amends).toBe('due');
          if (entry !== undefined) expect(standsOn(decision.state, entry)).toEqual([]);
        }
        for (const op of decision.journal) {
          if (op.op !== 'amend' || (op.amends !== 'made' && op.amends !== 'skipped')) continue;
          expect(entryOf(before, op)?.amends).toBe('due');
          expect(made).not.toContain(`${op.node}.${op.visit}`);
          made.add(`${op.node}.${op.visit}`);
        }
        const undoing = decision.state.positions.filter(
          (one) => one.at === 'work' && one.role === 'compensation',
        );
        if (undoing.length > 1) sideBySide += 1;
      }
      unwound += made.size;
    }),
    samples(200),
  );
  expect(unwound).toBeGreaterThan(150); // the property was put to the test
  expect(sideBySide).toBeGreaterThan(50);
});

test('no attempt is dispatched twice, except an idempotent one after a crash', () => {
  let again = 0;
  fc.assert(
    fc.property(scenario, ([chain, script]) => {
      const run = play(chain, script);
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
    samples(200),
  );
  expect(again).toBeGreaterThan(20);
});

test('what is not idempotent is never done again while nobody knows whether it was', () => {
  let held = 0;
  fc.assert(
    fc.property(scenario, ([chain, script]) => {
      const run = play(chain, script);
      let unknown = new Set<string>();
      for (const { decision, event } of run.decisions) {
        for (const intent of decision.intents) {
          if (intent.do !== 'run' || intent.activity.effect === 'idempotent') continue;
          const name = `${intent.work.node}.${intent.work.visit}.${intent.work.role}`;
          // A new attempt at work of unknown outcome needs somebody's word: the device's or a person's.
          if (unknown.has(name)) expect(['answered', 'task-decided']).toContain(event.type);
        }
        unknown = new Set();
        for (const position of decision.state.positions) {
          if (position.at !== 'work') continue;
          const open = ['asking', 'doubting'].includes(position.phase.is);
          const asked = position.phase.is === 'held' && position.phase.cause === 'unknown-outcome';
          if (open || asked) unknown.add(`${position.node}.${position.visit}.${position.role}`);
          if (asked) held += 1;
        }
      }
    }),
    samples(200),
  );
  expect(held).toBeGreaterThan(50);
});

test('names that the world remembers are given once', () => {
  fc.assert(
    fc.property(scenario, ([chain, script]) => {
      const run = play(chain, script);
      playOut(run);
      const names = run.decisions.flatMap(({ decision, event }) => [
        ...decision.records.flatMap((one) => (one.record === 'task-opened' ? [one.task.taskId] : [])),
        ...decision.intents.flatMap((one) =>
          one.do === 'start-child' && event.type !== 'recovered' ? [one.childId] : [],
        ),
      ]);
      expect(new Set(names).size).toBe(names.length);
      for (const { decision } of run.decisions) {
        const at = decision.state.positions.map(({ node, visit }) => `${node}.${visit}`);
        expect(new Set(at).size).toBe(at.length);
      }
    }),
    samples(200),
  );
});

test('an event given again changes nothing, and what has ended stays as it is', () => {
  const once = [
    'result',
    'answered',
    'granted',
    'silent',
    'child-ended',
    'task-decided',
    'started',
    'cancel',
  ];
  let given = 0;
  fc.assert(
    fc.property(scenario, ([chain, script]) => {
      const run = play(chain, script);
      for (const event of run.events.filter(({ type }) => once.includes(type))) {
        // A turn that comes again is another turn; the runner of an attempt that still runs may say so again.
        if (event.type === 'granted' || event.type === 'silent') continue;
        const decision = decide(run.definition, run.state, event, run.nowMs, sequenceOf(0.5));
        expect(decision.state).toBe(run.state);
        expect(decision.intents).toEqual([]);
        given += 1;
      }
      playOut(run);
      for (const late of run.events) {
        expect(decide(run.definition, run.state, late, run.nowMs, sequenceOf(0.5)).state).toBe(run.state);
      }
    }),
    samples(200),
  );
  expect(given).toBeGreaterThan(500);
});

test('comes to its end, and only when nothing is under way; what failed has nothing left to undo', () => {
  const ends = new Map<string, number>();
  fc.assert(
    fc.property(scenario, ([chain, script]) => {
      const run = play(chain, script);
      playOut(run);
      const { status, positions, groups, unwindings, journal } = run.state;
      ends.set(status, (ends.get(status) ?? 0) + 1);
      expect({ positions, groups, unwindings }).toEqual({ positions: [], groups: [], unwindings: [] });
      if (status !== 'completed') expect(journal.filter(({ amends }) => amends === 'due')).toEqual([]);
      // Every task that was opened was closed.
      const records = run.decisions.flatMap(({ decision }) => decision.records);
      const opened = records.flatMap((one) => (one.record === 'task-opened' ? [one.task.taskId] : []));
      const closed = records.flatMap((one) => (one.record === 'task-closed' ? [one.taskId] : []));
      expect(closed.toSorted()).toEqual(opened.toSorted());
    }),
    samples(200),
  );
  for (const status of ['completed', 'compensated', 'cancelled']) expect(ends.get(status)).toBeGreaterThan(3);
});

test('cancelled at any moment it undoes all that it did', () => {
  let cancelled = 0;
  fc.assert(
    fc.property(scenario, fc.nat(80), ([chain, script], moment) => {
      const run = play(chain, script.slice(0, moment));
      const wasRunning = run.state.status === 'running';
      give(run, { type: 'cancel', by: 'ann', reason: 'enough' });
      const begunBefore = new Set(run.state.positions.map(({ node, visit }) => `${node}.${visit}`));
      const from = run.decisions.length;
      playOut(run);
      if (wasRunning) {
        expect(run.state.status).toBe('cancelled');
        cancelled += 1;
      }
      expect(run.state.journal.filter(({ amends }) => amends === 'due')).toEqual(
        run.state.status === 'completed' ? expect.anything() : [],
      );
      if (!wasRunning) return;
      // Nothing new is begun, but for what must find out what became of something.
      for (const { decision } of run.decisions.slice(from)) {
        for (const intent of decision.intents) {
          if (intent.do === 'start-child') throw new Error('a child was begun after the end was wanted');
          if (intent.do !== 'run' || intent.work.role === 'compensation') continue;
          expect(begunBefore).toContain(`${intent.work.node}.${intent.work.visit}`);
        }
      }
    }),
    samples(200),
  );
  expect(cancelled).toBeGreaterThan(30);
});

test('of a group that has what it needs, every way that did not come is undone', () => {
  let stopped = 0;
  fc.assert(
    fc.property(scenario, ([chain, script]) => {
      const run = play(chain, script);
      playOut(run);
      for (const { decision } of run.decisions) {
        for (const op of decision.journal) {
          const node = op.op === 'add' ? run.definition.nodes[op.entry.node] : undefined;
          if (op.op !== 'add' || (node?.kind !== 'parallel' && node?.kind !== 'each')) continue;
          const { output, outcome, lane } = op.entry;
          if (outcome !== 'done' || typeof output !== 'object' || output === null) continue;
          for (const way of losers(output)) {
            const inWay = wayLane(op.entry, way);
            if (lane.startsWith(inWay)) continue;
            stopped += 1;
            const left = decision.state.journal.filter(
              (one) => one.amends === 'due' && (one.lane === inWay || one.lane.startsWith(`${inWay}/`)),
            );
            expect(left).toEqual([]);
          }
        }
      }
    }),
    samples(200),
  );
  expect(stopped).toBeGreaterThan(30);
});

/** Ways that did not complete, of the output of a group. */
function losers(output: object): (string | number)[] {
  if ('ways' in output) {
    const ways = Object.entries(output.ways as Record<string, string>);
    return ways.filter(([, outcome]) => outcome !== 'completed').map(([way]) => way);
  }
  if (!('items' in output)) return [];
  const items = output.items as { index: number; outcome: string }[];
  return items.filter(({ outcome }) => outcome !== 'completed').map(({ index }) => index);
}

test('what is read back from its rows is what was decided, and replaying its history gives the same', () => {
  fc.assert(
    fc.property(scenario, ([chain, script]) => {
      const run = play(chain, script);
      const changed = changes(run);
      const journals: { event: string; journal: string }[] = [];
      let row = {};
      for (const { event, decision, atMs, seed } of changed) {
        const transition = {
          ...{ event, decision, atMs, seed, decidedMs: atMs },
          ...{ name: 'any', traceparent: null, parentId: null, search: null },
        };
        for (const op of transitionOps([transition], 'site')) {
          if (op.op !== 'run') continue;
          if (typeof op.params.state === 'string') row = op.params;
          if (op.statement !== 'saga.history' || op.params.journal === null) continue;
          journals.push({ event: String(op.params.event), journal: String(op.params.journal) });
        }
      }
      const saved = row as { state: string };
      const { seq, status } = run.state;
      const loaded = {
        ...{ saga_id: 's', hash: 'h', correlation_id: 'c', input: '{"value":0}', started_ms: 0 },
        ...{ seq, status, state: saved.state },
      };
      expect(stateOf(loaded, journals)).toEqual(run.state);
      let replayed = fresh();
      for (const { event, atMs, seed } of changed) {
        replayed = decide(run.definition, replayed, event, atMs, sequenceOf(seed)).state;
      }
      expect(replayed).toEqual(run.state);
    }),
    samples(200),
  );
});

test('any event at any time is taken without a fault', () => {
  fc.assert(
    fc.property(scenario, scenario, ([chain, script], [, other]) => {
      const run = play(chain, script);
      const strange = play(chain, other);
      for (const event of strange.events) give(run, event);
      expect(hasEnded(run.state) || run.state.positions.length > 0).toBe(true);
    }),
    samples(200),
  );
});
