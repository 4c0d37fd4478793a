import { expect, test } from 'vitest';
import type { Command } from '#contracts/commands.ts';
import type { ChannelConfig } from '#contracts/notify.ts';
import { limits } from '../../appliance/notify/limits.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { type Desk, notice, startDesk } from './kit.ts';

const pages: ChannelConfig = { name: 'pages', kind: 'ui' };
const light: ChannelConfig = {
  name: 'light',
  kind: 'stack-light',
  target: 'lamp-1',
  colour: 'amber',
  mode: 'blink',
  forMs: 30_000,
};

test('the open pages show the newest, also after a restart', async () => {
  const desk = await startDesk({ channels: [pages] });
  let changes = 0;
  desk.notifier.onShown(() => {
    changes += 1;
  });
  for (let index = 0; index < limits.shownMax + 5; index += 1) {
    await desk.notifier.send(['pages'], notice(`n-${String(index).padStart(3, '0')}`));
  }
  const last = `n-${String(limits.shownMax + 4).padStart(3, '0')}`;
  await until('all are shown', () => desk.notifier.shown().at(-1)?.noticeId === last);
  expect(changes).toBe(limits.shownMax + 5);
  expect(desk.notifier.shown()).toHaveLength(limits.shownMax);
  await until('all are settled', () => desk.notifier.channels()[0]?.waitingCount === 0);
  const second = await desk.restart();
  expect(second.notifier.shown().at(-1)?.noticeId).toBe(last);
});

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
