import { describe, expect, test } from 'vitest';
import type { Json } from '#contracts/sagas.ts';
import { defineSaga, endCancelled, goOn } from '../../local-orchestrator/index.ts';
import { act, type Numbers, Played, simple } from './decide-kit.ts';

const button = { tone: 'neutral', needsNote: false, leads: goOn } as const;
const definition = defineSaga<Numbers>('asking')
  .step('before', act('before'), simple('before'))
  .model('lane', {
    title: 'Which lane?',
    model: 'lanes',
    input: ({ input }) => ({ weight: input.value }),
    options: { fast: { label: 'Fast lane', ...button }, slow: { label: 'Slow lane', ...button } },
    actAt: 0.9,
    approveAt: 0.6,
    timeoutMs: 2_000,
    cacheMs: 60_000,
    text: ({ input }) => ['', input.value] as never,
    context: ({ input }) => ({ Weight: input.value }),
    dueMs: 10_000,
    onDue: endCancelled('nobody decided'),
  })
  .end({ title: 'Asking', version: 1, output: ({ steps }) => steps.lane });

const asked = () => {
  const saga = new Played(definition, { value: 7 });
  saga.done('before');
  return saga;
};
const answer = (score: number, more: Record<string, Json> = {}): Json => ({
  answer: 'fast',
  score,
  model: 'lanes-2',
  version: '3',
  top: [{ feature: 'weight', value: '7 kg', effect: 0.4 }],
  ...more,
});
const opened = (saga: Played) => {
  const record = saga.last.records.find((one) => one.record === 'task-opened');
  if (record?.record !== 'task-opened') throw new Error('no task was opened');
  return record.task;
};

describe('a model that is asked', () => {
  test('is told the question, the options and how long its answer is good for', () => {
    const saga = asked();
    expect(saga.running).toMatchObject({
      activity: { name: 'model.decide', version: 1, via: 'local', effect: 'idempotent' },
      input: { model: 'lanes', input: { weight: 7 }, options: ['fast', 'slow'], cacheMs: 60_000 },
      timeoutMs: 2_000,
    });
  });

  test('and is sure is followed', () => {
    const saga = asked();
    saga.ok(answer(0.9));
    expect(saga.state.status).toBe('completed');
    expect(saga.state.result?.output).toEqual({
      decision: 'fast',
      by: 'model',
      note: null,
      score: 0.9,
      model: 'lanes-2',
      version: '3',
    });
  });

  test('and is less sure proposes, and a person decides; what it said is kept', () => {
    const saga = asked();
    saga.ok(answer(0.6));
    expect(opened(saga)).toMatchObject({
      kind: 'model-decision',
      title: 'Which lane?',
      decisions: [{ id: 'fast' }, { id: 'slow' }],
      suggestion: { decision: 'fast', score: 0.6, by: 'lanes-2' },
      context: [
        { label: 'Weight', value: '7' },
        { label: 'Model', value: 'lanes-2: Fast lane, 60 % sure' },
        { label: 'It went by', value: 'weight: 7 kg' },
      ],
      dueMs: 11_000,
    });
    saga.decideTask('slow', 'too heavy');
    expect(saga.state.result?.output).toEqual({
      decision: 'slow',
      by: 'ann',
      note: 'too heavy',
      score: 0.6,
      model: 'lanes-2',
      version: '3',
    });
  });

  test('and is not sure is not quoted', () => {
    const saga = asked();
    saga.ok(answer(0.59));
    expect(opened(saga)).toMatchObject({ suggestion: null });
    expect(JSON.stringify(opened(saga).context)).not.toContain('Fast');
  });

  test.each<[string, (saga: Played) => void]>([
    ['fails', (saga) => saga.fail('MODEL_UNREACHABLE', true)],
    ['is refused', (saga) => saga.result({ outcome: 'refused', reason: 'open', code: 'CIRCUIT_OPEN' })],
    ['is late', (saga) => saga.wake(2_000)],
    ['answers in another shape', (saga) => saga.ok({ score: 1 })],
    ['answers what is no option', (saga) => saga.ok(answer(1, { answer: 'both' }))],
  ])('and %s is not waited for: a person decides', (_what, happen) => {
    const saga = asked();
    happen(saga);
    expect(opened(saga)).toMatchObject({ suggestion: null });
    expect(saga.state.positions).toMatchObject([{ at: 'task' }]);
    expect(opened(saga).context.at(-1)?.value).toContain('lanes did not answer');
    saga.decideTask('fast');
    expect(saga.state.result?.output).toMatchObject({ by: 'ann', score: null, model: null, version: null });
  });

  test('is asked again after a crash under the same key', () => {
    const saga = asked();
    saga.give({ type: 'recovered' });
    expect(saga.last.intents).toMatchObject([{ do: 'run', work: { node: 'lane', visit: 1, attempt: 1 } }]);
  });

  test('and whose person does not come leads where it should', () => {
    const saga = asked();
    saga.ok(answer(0.1));
    saga.wake(10_000);
    expect(saga.last.records).toMatchObject([{ record: 'task-closed', state: 'expired' }]);
    saga.done('undo-before');
    expect(saga.state.result?.reason).toBe('nobody decided');
  });

  test('asks nobody any more when the saga is given up meanwhile', () => {
    const saga = asked();
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    expect(saga.last.intents).toMatchObject([{ do: 'abort', work: { node: 'lane' } }]);
    saga.fail('ABORTED', false, saga.at('model.decide'));
    expect(saga.last.records).toEqual([]);
    saga.done('undo-before');
    expect(saga.state.status).toBe('cancelled');
  });

  test('closes its task when the saga is given up', () => {
    const saga = asked();
    saga.ok(answer(0.7));
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    expect(saga.last.records).toMatchObject([{ record: 'task-closed', state: 'cancelled' }]);
  });
});
