import { describe, expect, test } from 'vitest';
import type { Json } from '#contracts/sagas.ts';
import { type ActivityCall, ActivityFailure } from '../../local-orchestrator/activities/activity.ts';
import { type CodeCall, codeActivity } from '../../local-orchestrator/activities/code-activity.ts';
import { subStepsOf } from '../../local-orchestrator/activities/sub-steps.ts';
import { workTables } from '../../local-orchestrator/activities/work-tables.ts';
import { until } from '../support/until.ts';
import { openSmallStore } from './small-store.ts';

type Code = (call: CodeCall<Json>) => Promise<Json>;
const stop = () => Promise.reject(new Error('power cut'));

async function createRig() {
  const store = await openSmallStore([workTables]);
  const effects: string[] = [];
  /** One attempt at the same piece of work. */
  const run = (code: Code, attempt = 1, signal = new AbortController().signal, settled = 0) => {
    const call: ActivityCall = {
      sagaId: 's-1',
      correlationId: 's-1',
      traceparent: null,
      work: { node: 'code', visit: 1, role: 'action', attempt },
      settled,
      key: 's-1:code.1',
      commandId: `s-1:code.1:a${attempt}`,
      input: { value: 1 },
      title: 'Code',
      timeoutMs: null,
      expiresAtMs: 0,
      progress: null,
      heartbeat() {},
      subSteps: subStepsOf(store, 's-1', 's-1:code.1'),
      signal,
    };
    return codeActivity<Json, Json>('test.code', 1, code).run(call);
  };
  const act =
    (name: string, output: Json = name) =>
    () => {
      effects.push(name);
      return output;
    };
  return { store, effects, run, act };
}

describe('a code activity', () => {
  test('does each sub-step once, whatever happens in between', async () => {
    const { effects, run, act } = await createRig();
    const crashing: Code = async (call) => {
      await call.step('reserve', act('reserve', { place: 'rack-1' }));
      await call.step('label', act('label'));
      return stop();
    };
    await expect(run(crashing)).rejects.toThrow('power cut');
    const whole: Code = async (call) => {
      const { place } = await call.step<{ place: string }>(
        'reserve',
        act('reserve', { place: 'rack-9' }) as never,
      );
      await call.step('label', act('label'));
      const printed = await call.step('print', act('print', 7));
      return { place, printed };
    };
    expect(await run(whole)).toEqual({ outcome: 'succeeded', output: { place: 'rack-1', printed: 7 } });
    expect(await run(whole)).toEqual({ outcome: 'succeeded', output: { place: 'rack-1', printed: 7 } });
    expect(effects).toEqual(['reserve', 'label', 'print']);
  });

  test('hands each sub-step a key of its own, the same in each attempt', async () => {
    const { run } = await createRig();
    const keys: string[] = [];
    const code: Code = async (call) => {
      for (const name of ['one', 'two']) {
        await call.step(name, ({ key }) => {
          keys.push(key);
          if (name === 'two' && keys.length < 3) throw new ActivityFailure('BUSY', 'busy', true);
          return null;
        });
      }
      return null;
    };
    await expect(run(code)).rejects.toThrow('busy');
    await run(code, 2);
    expect(keys).toEqual(['s-1:code.1#0', 's-1:code.1#1', 's-1:code.1#1']);
  });

  test('asks a person about a sub-step that had begun and must not be done twice', async () => {
    const { effects, run, act } = await createRig();
    const code =
      (cut: boolean): Code =>
      async (call) => {
        await call.step(
          'pay',
          async () => {
            act('pay')();
            // The process dies here: nothing comes back, not even an error.
            return cut ? new Promise<Json>(() => {}) : 'paid';
          },
          { effect: 'neither' },
        );
        return 'done';
      };
    void run(code(true));
    await expect.poll(() => effects).toEqual(['pay']);
    const unknown = { outcome: 'unknown', reason: expect.stringContaining('"pay" had begun') };
    expect(await run(code(false))).toEqual(unknown);
    // The same attempt, once more after another restart: the person has not answered yet.
    expect(await run(code(false))).toEqual(unknown);
    expect(effects).toEqual(['pay']);
    // A person has looked, and said that it was not done.
    expect(await run(code(false), 2, undefined, 1)).toEqual({ outcome: 'succeeded', output: 'done' });
    expect(effects).toEqual(['pay', 'pay']);
  });

  test('code that swallows errors cannot get past a doubt', async () => {
    const { effects, run, act } = await createRig();
    const pay = (run: () => Promise<Json>): Code => {
      return async (call) => {
        await call.step('pay', run, { effect: 'neither' }).catch(() => null);
        await call.step('ship', act('ship'));
        return 'done';
      };
    };
    void run(pay(() => new Promise<Json>(() => effects.push('pay'))));
    await expect.poll(() => effects).toEqual(['pay']);
    expect(await run(pay(async () => 'paid'))).toMatchObject({ outcome: 'unknown' });
    expect(effects).toEqual(['pay']);
  });

  test('a doubt that nobody heard of is told again: a new attempt alone is no word of a person', async () => {
    const { effects, run, act } = await createRig();
    const pay: Code = async (call) => call.step('pay', act('pay'), { effect: 'neither' });
    const cut: Code = async (call) =>
      call.step('pay', () => new Promise<Json>(() => effects.push('pay')), { effect: 'neither' });
    void run(cut);
    await expect.poll(() => effects).toEqual(['pay']);
    expect(await run(pay)).toMatchObject({ outcome: 'unknown' });
    // The box died before that was on disk, and the attempt was given up as too slow.
    expect(await run(pay, 2)).toMatchObject({ outcome: 'unknown' });
    expect(effects).toEqual(['pay']);
    expect(await run(pay, 3, undefined, 2)).toMatchObject({ outcome: 'succeeded' });
    expect(effects).toEqual(['pay', 'pay']);
  });

  test('a failure that the code treats is replayed within the attempt, and tried again in the next', async () => {
    const { effects, run, act } = await createRig();
    const code =
      (cut: boolean, broken: boolean): Code =>
      async (call) => {
        const way = await call
          .step('first', () => {
            if (broken) throw new ActivityFailure('NO', 'no', false);
            return act('first')();
          })
          .catch((error: ActivityFailure) => error.code);
        if (cut) return stop();
        return way;
      };
    await expect(run(code(true, true))).rejects.toThrow('power cut');
    expect(await run(code(false, false))).toMatchObject({ output: 'NO' });
    expect(effects).toEqual([]);
    expect(await run(code(false, false), 2)).toMatchObject({ output: 'first' });
  });

  test.each<[string, Code, string]>([
    ['another order', async (call) => call.step('label', () => 0), 'calls "label" there'],
    ['a sub-step too few', async () => null, 'ends before it'],
  ])('whose code has changed is stopped with words: %s', async (_what, changed, words) => {
    const { run, act, effects } = await createRig();
    await run(async (call) => call.step('reserve', act('reserve')));
    expect(await run(changed)).toMatchObject({
      outcome: 'failed',
      code: 'SAGA_CODE_CHANGED',
      reason: expect.stringContaining(words),
      retryable: false,
    });
    expect(effects).toEqual(['reserve']);
  });

  test('that was given up begins nothing more, and its late result spoils nothing', async () => {
    const { effects, run, act } = await createRig();
    const controller = new AbortController();
    let finish: (() => void) | undefined;
    const slow: Code = async (call) => {
      await call.step('one', () => new Promise<Json>((resolve) => (finish = () => resolve('late'))));
      await call.step('two', act('two'));
      return null;
    };
    const first = run(slow, 1, controller.signal).catch((error: unknown) => error);
    await until('the first step waits', () => finish !== undefined);
    controller.abort();
    await run(async (call) => call.step('one', () => 'new'), 2);
    finish?.();
    expect(await first).toMatchObject({ code: 'ABORTED' });
    expect(effects).toEqual([]);
    expect(await run(async (call) => call.step('one', () => 'newest'), 3)).toMatchObject({ output: 'new' });
  });
});
