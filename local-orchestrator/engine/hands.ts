import type { Log } from '#contracts/log.ts';
import type { Json } from '#contracts/sagas.ts';
import type { Store } from '#contracts/store.ts';
import type { ActivityCall } from '../activities/activity.ts';
import { ATTEMPT_LATE } from '../activities/breakers.ts';
import type { Runners } from '../activities/runners.ts';
import { subStepsOf } from '../activities/sub-steps.ts';
import type { Intent } from '../decide/decision.ts';
import type { SagaEvent } from '../decide/events.ts';
import { commandId, workKey } from '../decide/names.ts';
import type { Children } from './children.ts';
import type { Heartbeats, Pulse } from './heartbeats.ts';
import type { Attempt, Instance } from './instances.ts';
import type { SteadyClock } from './steady-clock.ts';
import type { Turns } from './turns.ts';

export interface Hands {
  /** Does what was decided. Only ever called for what is on disk. */
  carryOut(instance: Instance, intents: readonly Intent[]): void;
  /** Resolves when nothing is under way any more; what was given up is not waited for. */
  idle(): Promise<void>;
}

/** How long a stop waits for activities that were told to stop. */
const IDLE_MS_MAX = 5_000;

type Run = Extract<Intent, { do: 'run' }>;
type Ask = Extract<Intent, { do: 'ask' }>;

export function createHands(parts: {
  store: Store;
  clock: SteadyClock;
  log: Log;
  runners: Runners;
  turns: Turns;
  children: Children;
  heartbeats: Heartbeats;
  seek: (sagaId: string, name: string) => Promise<void>;
  offer: (instance: Instance, event: SagaEvent) => void;
  stopped: () => boolean;
}): Hands {
  const { store, clock, log, runners, turns, children, heartbeats, offer, stopped } = parts;
  /** Attempts by their command id. */
  const underWay = new Map<string | symbol, Promise<void>>();

  const track = (work: Promise<void>, id: string | symbol = Symbol('work')) => {
    const tracked: Promise<void> = work
      .catch((error: unknown) => {
        if (!stopped()) log.error({ err: error }, 'an intent of a saga failed');
      })
      .finally(() => {
        if (underWay.get(id) === tracked) underWay.delete(id);
      });
    underWay.set(id, tracked);
  };

  const callOf = (instance: Instance, intent: Run | Ask, signal: AbortSignal): ActivityCall => {
    const { work, settled, input, title, timeoutMs } = intent;
    const { sagaId, traceparent } = instance;
    const key = workKey(sagaId, work);
    return {
      sagaId,
      correlationId: instance.state.correlationId,
      traceparent,
      work,
      settled,
      key,
      commandId: commandId(sagaId, work),
      input,
      title,
      timeoutMs,
      expiresAtMs: clock.wallMs(intent.sinceMs + intent.expiryMs),
      progress: null,
      heartbeat: unheard,
      subSteps: subStepsOf(store, sagaId, key),
      signal,
    };
  };

  const run = async (instance: Instance, intent: Run): Promise<void> => {
    const { sagaId } = instance;
    const id = commandId(sagaId, intent.work);
    if (instance.running.has(id)) return; // it runs already, in this very process
    const { work, sinceMs, timeoutMs, heartbeatMs } = intent;
    const controller = new AbortController();
    const attempt: Attempt = { work, controller, sinceMs, beganMs: null, timeoutMs, silent: false };
    instance.running.set(id, attempt);
    const call = callOf(instance, intent, controller.signal);
    const progress = heartbeatMs === null ? null : await progressOf(sagaId, call.key);
    let pulse = null as Pulse | null;
    const begun = () => {
      attempt.beganMs = clock.nowMs();
      if (heartbeatMs !== null) pulse = listen(instance, intent, attempt, heartbeatMs);
    };
    const heartbeat = (done?: Json) => pulse?.beat(done);
    const heard = heartbeatMs === null ? call : { ...call, progress, heartbeat };
    const result = await runners.run(intent.activity, heard, begun);
    pulse?.end();
    if (instance.running.get(id) === attempt) instance.running.delete(id);
    // While stopping, a result is no longer taken: the next start asks for it.
    if (!stopped()) offer(instance, { type: 'result', work: intent.work, result });
  };

  const listen = (instance: Instance, { work }: Run, attempt: Attempt, heartbeatMs: number): Pulse =>
    heartbeats.listen({
      sagaId: instance.sagaId,
      work: workKey(instance.sagaId, work),
      heartbeatMs,
      onSilent() {
        attempt.silent = true;
        offer(instance, { type: 'silent', work });
      },
    });

  /** Progress is a help, not a fact: without it an attempt begins at the beginning. */
  const progressOf = async (sagaId: string, key: string): Promise<Json> => {
    try {
      return await heartbeats.progressOf(sagaId, key);
    } catch (error) {
      log.warn({ err: error, sagaId }, 'the progress of an earlier attempt could not be read');
      return null;
    }
  };

  const ask = async (instance: Instance, intent: Ask): Promise<void> => {
    const call = callOf(instance, intent, new AbortController().signal);
    const answer = await runners.query(intent.activity, call);
    offer(instance, { type: 'answered', work: intent.work, query: intent.query, answer });
  };

  /** Told to stop and no longer waited for here; what it says in the end is still heard, and judged. */
  const abort = (instance: Instance, id: string): void => {
    const attempt = instance.running.get(id);
    if (attempt === undefined) return;
    instance.running.delete(id);
    // A device that never answers, or a slow one, holds up no stop: the next start asks what became of it.
    underWay.delete(id);
    attempt.controller.abort(isLate(attempt, clock.nowMs()) ? ATTEMPT_LATE : undefined);
  };

  const carryOutOne = (instance: Instance, intent: Intent): void => {
    switch (intent.do) {
      case 'run':
        track(run(instance, intent), commandId(instance.sagaId, intent.work));
        break;
      case 'ask':
        track(ask(instance, intent));
        break;
      case 'abort':
        abort(instance, commandId(instance.sagaId, intent.work));
        break;
      case 'queue':
        turns.queue(instance.sagaId, intent);
        break;
      case 'unqueue':
        turns.unqueue(instance.sagaId, intent.work);
        break;
      case 'start-child':
        track(children.start(instance, intent));
        break;
      case 'cancel-child':
        track(children.cancel(instance, intent));
        break;
      case 'seek-signal':
        // It does not give up, so nobody waits for it: what is not handed over is found at the next start.
        void parts.seek(instance.sagaId, intent.name);
        break;
    }
  };

  return {
    carryOut(instance, intents) {
      for (const intent of intents) {
        if (stopped()) return;
        carryOutOne(instance, intent);
      }
    },
    async idle() {
      const limit = AbortSignal.timeout(IDLE_MS_MAX);
      const late = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve()));
      await Promise.race([Promise.all(underWay.values()), late]);
    },
  };
}

const isLate = ({ silent, beganMs, timeoutMs }: Attempt, nowMs: number): boolean =>
  silent || (beganMs !== null && timeoutMs !== null && nowMs >= beganMs + timeoutMs);

const unheard = (): void => {};
