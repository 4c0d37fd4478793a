import { systemClock } from '#contracts/clock.ts';
import type { Command, CommandResult, Reconciliation } from '#contracts/commands.ts';
import type { RobotState } from '#contracts/devices.ts';
import { isApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import { GOOD, type TagSample } from '#contracts/tags.ts';
import { createOrchestrator } from '../../local-orchestrator/index.ts';
import { CRASH_STOCK, openSagaStore, orderEvent, places, sagaConfig } from './parts.ts';

/**
 * An orchestrator in a process that is meant to die. The plant is in the parent, as robots are outside of the box:
 * what was told goes on, whatever becomes of whoever told it. Arguments: folder, crash point.
 */
const [dir = '', crashPoint = ''] = process.argv.slice(2);

export type FromChild =
  | { kind: 'submit' | 'reconcile'; call: number; command: Command }
  | { kind: 'acknowledged' | 'ended'; orderId: string }
  | { kind: 'ready' };
export type ToChild =
  | { kind: 'answer'; call: number; answer: CommandResult | Reconciliation }
  | { kind: 'order'; orderId: string }
  | { kind: 'robots'; robots: RobotState[] }
  | { kind: 'stop' };

const say = (message: FromChild) => process.send?.(message);
const waiting = new Map<number, (answer: never) => void>();
let calls = 0;
let stopping = false;
let robots: RobotState[] = [];
const listeners = new Set<() => void>();
const ask = <T extends CommandResult | Reconciliation>(kind: 'submit' | 'reconcile', command: Command) =>
  new Promise<T>((resolve) => {
    calls += 1;
    waiting.set(calls, resolve as (answer: never) => void);
    say({ kind, call: calls, command });
  });

const sample = (nowMs: number): TagSample => ({
  path: 'line/eye',
  value: nowMs,
  quality: GOOD,
  sourceTimeMs: nowMs,
});

const store = await openSagaStore(dir, crashPoint === '' ? undefined : crashPoint);
const orchestrator = createOrchestrator({
  store,
  commands: {
    submit: (command) => ask<CommandResult>('submit', command),
    reconcile: (command) => ask<Reconciliation>('reconcile', command),
  },
  fleet: {
    robots: () => robots,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  },
  clock: systemClock,
  random: Math.random,
  log: silentLog,
  site: { id: 'test', timeZone: 'UTC' },
  config: sagaConfig,
  places,
});
orchestrator.onOrderChanged(({ orderId, state }) => {
  if (state === 'completed') say({ kind: 'ended', orderId });
});

process.on('message', async (message: ToChild) => {
  switch (message.kind) {
    case 'answer':
      waiting.get(message.call)?.(message.answer as never);
      waiting.delete(message.call);
      return;
    case 'robots':
      robots = message.robots;
      for (const listener of listeners) listener();
      return;
    case 'order':
      try {
        await store.commit([{ op: 'append', event: orderEvent(message.orderId, Date.now()) }]);
        // A site has telemetry as well: the history is written by the same thread.
        store.history.write([sample(Date.now())]);
        say({ kind: 'acknowledged', orderId: message.orderId });
      } catch (error) {
        if (!isApplianceError(error)) throw error;
      }
      return;
    case 'stop':
      if (stopping) return;
      stopping = true;
      await orchestrator.stop();
      await store.close();
      process.disconnect?.();
  }
});
await orchestrator.inventory.loadStock([
  { sku: 'A', place: 'rack-1', quantity: CRASH_STOCK },
  { sku: 'B', place: 'rack-2', quantity: CRASH_STOCK },
]);
await orchestrator.start();
for (const order of await orchestrator.orders({ limit: 1_000, state: 'completed' })) {
  say({ kind: 'ended', orderId: order.orderId });
}
say({ kind: 'ready' });
