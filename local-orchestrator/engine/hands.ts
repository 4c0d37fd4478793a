import type { Log } from '#contracts/log.ts';
import type { Store } from '#contracts/store.ts';
import type { ActivityCall } from '../activities/activity.ts';
import type { Runners } from '../activities/runners.ts';
import { commandId, workKey } from '../decide/names.ts';
import type { Intent, SagaEvent } from '../decide/state.ts';
import type { Instance } from './instances.ts';

export interface Hands {
  /** Does what was decided. Only ever called for what is on disk. */
  carryOut(instance: Instance, intents: readonly Intent[]): void;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

/** How long a stop waits for activities that were told to stop. */
const IDLE_MS_MAX = 5_000;

export function createHands(parts: {
  store: Store;
  log: Log;
  runners: Runners;
  offer: (instance: Instance, event: SagaEvent) => void;
  stopped: () => boolean;
}): Hands {
  const { store, log, runners, offer, stopped } = parts;
  const underWay = new Set<Promise<void>>();

  const track = (work: Promise<void>) => {
    const tracked: Promise<void> = work
      .catch((error: unknown) => {
        if (!stopped()) log.error({ err: error }, 'an intent of a saga failed');
      })
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };

  const run = async (instance: Instance, intent: Extract<Intent, { do: 'run' }>) => {
    const { id, controller, call } = callOf(instance, intent);
    if (instance.running.has(id)) return; // it runs already, in this very process
    instance.running.set(id, controller);
    const result = await runners.run(intent.activity, call);
    instance.running.delete(id);
    // While stopping, a result is no longer taken: the next start asks for it.
    if (!stopped()) offer(instance, { type: 'result', work: intent.work, result });
  };

  const ask = async (instance: Instance, intent: Extract<Intent, { do: 'ask' }>) => {
    const { call } = callOf(instance, intent);
    const answer = await runners.query(intent.activity, call);
    offer(instance, { type: 'answered', work: intent.work, query: intent.query, answer });
  };

  /** Told to stop and no longer waited for here; what it says in the end is still heard, and judged. */
  const abort = (instance: Instance, id: string) => {
    instance.running.get(id)?.abort();
    instance.running.delete(id);
  };

  const seek = async (instance: Instance, name: string) => {
    const { sagaId } = instance;
    const [row] = await store.query('saga.signalsOpen', { sagaId, name });
    if (row === undefined) return;
    const payload = JSON.parse(String(row.payload));
    offer(instance, { type: 'signal', signalId: String(row.signal_id), name, payload });
  };

  return {
    carryOut(instance, intents) {
      for (const intent of intents) {
        if (stopped()) return;
        if (intent.do === 'run') track(run(instance, intent));
        else if (intent.do === 'ask') track(ask(instance, intent));
        else if (intent.do === 'seek-signal') track(seek(instance, intent.name));
        else abort(instance, commandId(instance.sagaId, intent.work));
      }
    },
    async idle() {
      const limit = AbortSignal.timeout(IDLE_MS_MAX);
      const late = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve()));
      await Promise.race([Promise.all(underWay), late]);
    },
  };
}

function callOf(instance: Instance, intent: Extract<Intent, { do: 'run' | 'ask' }>) {
  const { work, input, title, sinceMs, timeoutMs, expiryMs } = intent;
  const { sagaId, traceparent } = instance;
  const controller = new AbortController();
  const id = commandId(sagaId, work);
  const call: ActivityCall = {
    sagaId,
    correlationId: instance.state.correlationId,
    traceparent,
    work,
    key: workKey(sagaId, work),
    commandId: id,
    input,
    title,
    sinceMs,
    timeoutMs,
    expiryMs,
    signal: controller.signal,
  };
  return { id, controller, call };
}
