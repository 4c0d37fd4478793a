import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionSpec } from '#contracts/capabilities.ts';
import type { Command, CommandResult } from '#contracts/commands.ts';
import { createMetRig, eStop, type GateRig, VERIFIED } from '../support/gate-rig.ts';
import { samples } from '../support/samples.ts';

/** What may happen around a gate, in any order. */
type Step =
  | { kind: 'sample'; value: boolean; quality: 'good' | 'bad' | 'uncertain' }
  | { kind: 'link'; up: boolean }
  | { kind: 'main'; alive: boolean }
  | { kind: 'submit'; target: 'amr-1' | 'amr-2'; repeat: boolean; epoch: number }
  | { kind: 'stop'; target: 'amr-1' | 'amr-2' }
  | { kind: 'answer'; index: number; result: CommandResult }
  | { kind: 'reset'; id: string }
  | { kind: 'robot'; moving: boolean }
  | { kind: 'pass'; ms: number; silent: boolean };

const results: CommandResult[] = [
  VERIFIED,
  { state: 'failed', code: 'DRV_REFUSED', reason: 'no', retryable: false },
  { state: 'unknown', reason: 'no answer' },
];
const target = fc.constantFrom('amr-1' as const, 'amr-2' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('sample' as const),
    value: fc.boolean(),
    quality: fc.constantFrom('good' as const, 'good' as const, 'bad' as const, 'uncertain' as const),
  }),
  fc.record({ kind: fc.constant('link' as const), up: fc.boolean() }),
  fc.record({ kind: fc.constant('main' as const), alive: fc.boolean() }),
  fc.record({
    kind: fc.constant('submit' as const),
    target,
    repeat: fc.boolean(),
    epoch: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ kind: fc.constant('stop' as const), target }),
  fc.record({
    kind: fc.constant('answer' as const),
    index: fc.nat(40),
    result: fc.constantFrom(...results),
  }),
  fc.record({ kind: fc.constant('reset' as const), id: fc.constantFrom('e-stop-1', 'watchdog.main') }),
  fc.record({ kind: fc.constant('robot' as const), moving: fc.boolean() }),
  fc.record({
    kind: fc.constant('pass' as const),
    ms: fc.integer({ min: 1, max: 1_500 }),
    silent: fc.boolean(),
  }),
);

async function act(rig: GateRig, sent: Command[], step: Step): Promise<void> {
  switch (step.kind) {
    case 'sample': {
      const { level, value } = { level: step.quality, value: step.value };
      return rig.sample('plc/e-stop-ok', value, level === 'good' ? { level } : { level, reason: 'x' });
    }
    case 'link':
      if (step.up) return rig.heard('plc');
      rig.links.set('plc', { state: 'down', reason: 'cable', sinceMs: 0, retryAtMs: 0 });
      return rig.gate.link('plc', { state: 'down', reason: 'cable', sinceMs: 0, retryAtMs: 0 });
    case 'main':
      return rig.gate.main(step.alive ? { alive: true } : { alive: false, silentMs: 3_000 });
    case 'submit': {
      const earlier = step.repeat ? sent.findLast((command) => command.target === step.target) : undefined;
      const command = earlier ?? rig.command({ target: step.target, epoch: step.epoch });
      sent.push(command);
      return void rig.gate.submit(command);
    }
    case 'stop': {
      const call: Command['call'] = { capability: 'MobileRobot', action: 'pause', args: {} };
      return void rig.gate.submit(rig.command({ target: step.target, call }));
    }
    case 'answer':
      return rig.calls[step.index]?.answer(step.result);
    case 'reset':
      return void rig.gate.reset(step.id, 'olga');
    case 'robot':
      return rig.robot('amr-1', step.moving ? 'driving' : 'idle');
    case 'pass':
      return rig.pass(step.ms, step.silent ? ['plc'] : []);
  }
}

test('whatever happens, nothing that moves is dispatched while an interlock is open, and no id acts twice', async () => {
  const run = async (steps: readonly Step[], automatic: boolean) => {
    const rig = createMetRig({ interlocks: [{ ...eStop, reset: automatic ? 'automatic' : 'manual' }] });
    const dispatched: string[] = [];
    // Collected, not thrown: the gate takes what a driver throws for a fault of the device.
    const wrong: string[] = [];
    const told = new Map<string, number>();
    rig.respond = ({ commandId, target: id, call }) => {
      told.set(commandId, (told.get(commandId) ?? 0) + 1);
      if (actionSpec(call)?.movement !== 'starts') return undefined;
      const open = rig.gate.interlocks().filter(({ met }) => !met);
      dispatched.push(`${id} ${call.action}`);
      if (open.length > 0) wrong.push(`${id} ${call.action} while ${JSON.stringify(open)}`);
      return undefined;
    };
    const sent: Command[] = [];
    for (const one of steps) {
      await act(rig, sent, one);
      expect(wrong).toEqual([]);
      for (const [commandId, times] of told) expect(times, commandId).toBe(1);
    }
    rig.gate.close();
    return dispatched.length;
  };
  let moved = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, automatic) => {
      moved += await run(steps, automatic);
    }),
    samples(150),
  );
  // The property would hold of a gate that never lets anything through.
  expect(moved).toBeGreaterThan(20);
});

test('after a trip every protected robot is told to stop before anything else happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const rig = createMetRig();
      const sent: Command[] = [];
      for (const one of steps) {
        const before = rig.gate.interlocks().find(({ id }) => id === 'e-stop-1');
        const from = rig.calls.length;
        const stillOpen = new Set(
          rig.calls
            .filter(({ call }) => call.commandId.startsWith('safe-state'))
            .map(({ call }) => call.target),
        );
        await act(rig, sent, one);
        const after = rig.gate.interlocks().find(({ id }) => id === 'e-stop-1');
        if (one.kind === 'pass' || before?.met !== true || after?.met === true) continue;
        const stops = rig.calls.slice(from).map(({ call }) => call.target);
        for (const id of ['amr-1', 'amr-2', 'conveyor-1']) {
          expect(stops.includes(id) || stillOpen.has(id), `${id} was told`).toBe(true);
        }
      }
      rig.gate.close();
    }),
    samples(60),
  );
});
