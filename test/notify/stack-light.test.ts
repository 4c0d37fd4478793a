import { expect, test } from 'vitest';
import type { Command } from '#contracts/commands.ts';
import type { ChannelConfig } from '#contracts/notify.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { type Desk, notice, startDesk } from './kit.ts';

const light: ChannelConfig = {
  name: 'light',
  kind: 'stack-light',
  target: 'lamp-1',
  colour: 'amber',
  mode: 'blink',
  forMs: 30_000,
};

function lamp() {
  const commands: Command[] = [];
  const state = { broken: false };
  return {
    commands,
    state,
    port: {
      async submit(command: Command) {
        commands.push(command);
        if (state.broken)
          return { state: 'failed', code: 'X', reason: 'no answer', retryable: true } as const;
        return { state: 'verified', data: {} } as const;
      },
      reconcile: () => Promise.reject(new Error('nobody asks')),
    },
    modes: () => commands.map(({ call }) => call.args.mode),
  };
}

test('a stack light calls for its time, and a second notice keeps it on', async () => {
  const clock = createFakeClock();
  const { port, commands, modes } = lamp();
  const desk = await startDesk({ channels: [light], clock, commands: port });
  const passUntil = async (what: string, probe: () => boolean) => {
    for (let step = 0; step < 2_000 && !probe(); step += 1) {
      await clock.pass(500);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(probe(), what).toBe(true);
  };
  await desk.notifier.send(['light'], notice('n-1'));
  await until('it blinks', () => modes().length === 1);
  expect(commands[0]).toMatchObject({
    target: 'lamp-1',
    call: { capability: 'StackLight', action: 'set', args: { colour: 'amber', mode: 'blink' } },
    requestedBy: { kind: 'system', id: 'notify' },
  });
  await clock.pass(20_000);
  await desk.notifier.send(['light'], notice('n-2'));
  await until('it blinks again', () => modes().length === 2);
  const offMs = clock.nowMs() + 30_000;
  await passUntil('it is off', () => modes().includes('off'));
  expect(clock.nowMs()).toBeGreaterThanOrEqual(offMs);
  expect(modes()).toEqual(['blink', 'blink', 'off']);
});

test('a light that was on when the process died goes off after the restart', async () => {
  const clock = createFakeClock();
  const { port, modes, state } = lamp();
  const desk = await startDesk({ channels: [light], clock, commands: port });
  await desk.notifier.send(['light'], notice('n-1'));
  const passUntil = async (what: string, phaseOrMode: string, of: Desk) => {
    const seen = async () =>
      modes().includes(phaseOrMode) || (await of.rows()).some(({ phase }) => phase === phaseOrMode);
    const endMs = performance.now() + 20_000;
    while (!(await seen())) {
      if (performance.now() > endMs) throw new Error(`waited in vain until ${what}`);
      await clock.pass(1_000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await passUntil('it is written down that it blinks', 'end', desk);
  expect(modes()).toEqual(['blink']);
  state.broken = true;
  const second = await desk.restart();
  await passUntil('it is told to go off', 'off', second);
  expect((await second.rows())[0]?.phase).toBe('end');
  state.broken = false;
  await passUntil('it is off', 'done', second);
  // Each attempt was a command of its own.
  expect(modes().filter((mode) => mode === 'off').length).toBeGreaterThan(1);
});

/** As the task desk does it: in the transaction in which somebody takes the task. */
const answer = async (desk: Desk, taskId: string) => {
  await desk.kept.store.commit(desk.notifier.answered(taskId));
  desk.notifier.wake();
};
const phases = async (desk: Desk) => (await desk.rows()).map(({ phase }) => phase);

test('a light goes off as soon as somebody has the task, long before its time', async () => {
  const clock = createFakeClock();
  const { port, modes } = lamp();
  const desk = await startDesk({ channels: [light], clock, commands: port });
  await desk.notifier.send(['light'], notice('n-1'));
  await expect.poll(() => phases(desk)).toEqual(['end']);
  await answer(desk, 'task-1');
  await until('it is off', () => modes().includes('off'));
  expect(modes()).toEqual(['blink', 'off']);
  await expect.poll(() => phases(desk)).toEqual(['done']);
});

test('a light stays on for another task that nobody has yet', async () => {
  const { port, modes } = lamp();
  const desk = await startDesk({ channels: [light], clock: createFakeClock(), commands: port });
  await desk.notifier.send(['light'], notice('n-1'));
  await desk.notifier.send(['light'], notice('n-2', { taskId: 'task-2' }));
  await expect.poll(() => phases(desk)).toEqual(['end', 'end']);
  await answer(desk, 'task-1');
  await expect.poll(() => phases(desk)).toEqual(['done', 'end']);
  expect(modes()).toEqual(['blink', 'blink']);
  await answer(desk, 'task-2');
  await until('it is off', () => modes().includes('off'));
});

test('a light that could not be lit is not lit any more for a task that somebody has', async () => {
  const clock = createFakeClock();
  const { port, modes, state } = lamp();
  state.broken = true;
  const desk = await startDesk({ channels: [light], clock, commands: port });
  await desk.notifier.send(['light'], notice('n-1'));
  await until('it was tried', () => modes().length === 1);
  await answer(desk, 'task-1');
  state.broken = false;
  await passUntilDone(clock, desk);
  expect(modes()).toEqual(['blink']);
});

test('a light goes off at once when its task is answered while it is being lit', async () => {
  const clock = createFakeClock();
  const { port, modes } = lamp();
  const lit = Promise.withResolvers<void>();
  const slow = {
    ...port,
    async submit(command: Command) {
      const result = await port.submit(command);
      if (command.call.args.mode === 'blink') await lit.promise;
      return result;
    },
  };
  const desk = await startDesk({ channels: [light], clock, commands: slow });
  await desk.notifier.send(['light'], notice('n-1'));
  await until('it is being lit', () => modes().length === 1);
  await answer(desk, 'task-1');
  lit.resolve();
  await passUntilDone(clock, desk);
  expect(modes()).toEqual(['blink', 'off']);
});

async function passUntilDone(clock: FakeClock, desk: Desk) {
  await expect
    .poll(async () => {
      await clock.pass(500);
      return phases(desk);
    })
    .toEqual(['done']);
}
