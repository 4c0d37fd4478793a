import { randomUUID } from 'node:crypto';
import type { Command } from '#contracts/commands.ts';

/** A command with everything a test does not care about filled in. */
export function command(target: string, call: Command['call'], more: Partial<Command> = {}): Command {
  return {
    commandId: randomUUID(),
    target,
    call,
    expiresAtMs: Date.now() + 60_000,
    timeoutMs: 5_000,
    epoch: 1,
    requestedBy: { kind: 'saga', id: 'saga-1' },
    reason: 'the test asks for it',
    correlationId: 'order-1',
    ...more,
  };
}

export const runConveyor = (more: Partial<Command> = {}): Command =>
  command('conveyor-1', { capability: 'Conveyor', action: 'run', args: {} }, more);
export const stopConveyor = (more: Partial<Command> = {}): Command =>
  command('conveyor-1', { capability: 'Conveyor', action: 'stop', args: {} }, more);
export const lightLamp = (more: Partial<Command> = {}): Command =>
  command('lamp-1', { capability: 'StackLight', action: 'set', args: { colour: 'green', mode: 'on' } }, more);
