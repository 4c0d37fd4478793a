import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { signalDropped } from '#contracts/events/signal.ts';
import type { Log } from '#contracts/log.ts';
import type { Json, SignalNode } from '#contracts/sagas.ts';
import type { Store } from '#contracts/store.ts';
import type { SagaEvent } from '../decide/events.ts';
import { schemaProblems } from '../definition/json-schema.ts';
import { createAlarm } from './alarm.ts';
import type { Insist } from './insist.ts';
import type { Instance, Outcome } from './instances.ts';
import { invalidSignal, refuseWrongSignal } from './signal-check.ts';
import type { SteadyClock } from './steady-clock.ts';

export interface Signal {
  /** Deduplicates: the same id counts once for a saga. */
  readonly id: string;
  readonly name: string;
  readonly payload: Json;
  /** Wall time after which nobody shall take it any more; the site may say sooner. */
  readonly expiresAtMs?: number;
}

/** Keeps signals until their saga comes for them. Each ends in one of three ways: taken, expired or set aside. */
export interface SignalDesk {
  /**
   * On disk when it resolves; a repeat of its id changes nothing, whatever has become of its saga.
   *
   * Errors: SAGA_SIGNAL_INVALID, SAGA_SIGNALS_FULL, SAGA_SIGNALS_EARLY, SAGA_ENDED, STORE_*.
   */
  receive(sagaId: string, signal: Signal): Promise<void>;
  /** Hands stored ones of this name to the saga, as many as it waits for, and does not give up. Never rejects. */
  seek(sagaId: string, name: string): Promise<void>;
  /** Hands over what came before a crash, when the saga that waits for it was not told. */
  seekEarly(): Promise<void>;
  /** Begins to give up what has expired; after everything that was due has had its chance to take it. */
  startExpiry(): Promise<void>;
  stop(): void;
}

/** Of one saga, not taken yet. */
const OPEN_COUNT_MAX = 1_000;
/** Of sagas that had not begun, all together, not taken yet: whoever has the wrong id fills no disk. */
export const EARLY_COUNT_MAX = 10_000;
const SEEK_COUNT = 250;
const DAY_MS = 86_400_000;

export function createSignalDesk(parts: {
  store: Store;
  clock: SteadyClock;
  log: Log;
  site: string;
  daysMax: number;
  insist: Insist;
  repeated: (saga: string) => void;
  load: (sagaId: string) => Promise<Instance | undefined>;
  offer: (sagaId: string, event: SagaEvent) => Promise<Outcome>;
}): SignalDesk {
  const { store, clock, log, load, offer } = parts;
  /** One seeker for each saga and name: two would hand out the same signal. True: look once more. */
  const seeking = new Map<string, boolean>();
  let stopped = false;

  /** Somebody else may have dealt with it meanwhile. */
  const drop = async (
    signal: { sagaId: string; signalId: string; name: string },
    why: 'expired' | 'wrong-shape',
    reason: string,
  ) => {
    const { sagaId, signalId } = signal;
    const nowMs = clock.wallMs(clock.nowMs());
    const context = { site: parts.site, component: 'orchestrator', nowMs, correlationId: sagaId };
    const event = createEvent(signalDropped, sagaId, { ...signal, why, reason }, context);
    try {
      await store.commit(
        [
          { op: 'run', statement: 'saga.dropSignal', params: { sagaId, signalId, why, nowMs }, changes: 1 },
          { op: 'append', event },
        ],
        { reserve: true },
      );
      log.warn({ sagaId, signalId, why, reason }, 'a signal was given up');
    } catch (error) {
      if (!isApplianceError(error, 'STORE_CONFLICT')) throw error;
    }
  };

  const expiry = createAlarm({
    store,
    clock,
    log,
    due: 'saga.signalsDue',
    next: 'saga.nextExpiry',
    async wake(ids) {
      const reason = 'no saga came for it before it expired';
      await Promise.all(
        ids.map((id) => {
          const [sagaId, signalId, name] = JSON.parse(id) as [string, string, string];
          return drop({ sagaId, signalId, name }, 'expired', reason);
        }),
      );
      return true;
    },
  });

  /** Hands over one; true when there may be another to hand over. */
  const handOne = async (sagaId: string, name: string): Promise<boolean> => {
    const instance = await load(sagaId);
    const node = instance === undefined ? undefined : waitingNode(instance, name);
    if (node === undefined) return false;
    const [row] = await store.query('saga.signalsOpen', { sagaId, name });
    if (row === undefined) return false;
    const signalId = String(row.signal_id);
    const payload = JSON.parse(String(row.payload)) as Json;
    const [wrong] = node.payload === undefined ? [] : schemaProblems(node.payload, payload);
    if (wrong !== undefined) {
      const reason = `${wrong.pointer || 'the payload'}: ${wrong.problem}`;
      await drop({ sagaId, signalId, name }, 'wrong-shape', reason);
      return true;
    }
    const outcome = await offer(sagaId, { type: 'signal', signalId, name, payload });
    return outcome === 'changed' || outcome === 'conflict';
  };

  const seek = async (sagaId: string, name: string): Promise<void> => {
    const key = `${sagaId}\n${name}`;
    const isSought = seeking.has(key);
    seeking.set(key, true);
    if (isSought) return;
    await parts.insist('a signal was not handed over', sagaId, async () => {
      do {
        seeking.set(key, false);
        while (!stopped && (await handOne(sagaId, name)));
      } while (!stopped && seeking.get(key) === true);
      // Together with the last look: whoever comes after it finds nobody seeking.
      seeking.delete(key);
      return true;
    });
  };

  /** When it is no longer of use, by the steady clock. */
  const expiryOf = (sagaId: string, { name, expiresAtMs }: Signal, nowMs: number): number => {
    const lastMs = nowMs + parts.daysMax * DAY_MS;
    if (expiresAtMs === undefined) return lastMs;
    const leftMs = expiresAtMs - clock.wallMs(nowMs);
    if (leftMs > 0) return Math.min(lastMs, nowMs + leftMs);
    const problem = 'is over already';
    const cure = 'Say when it is no longer of use, or leave it out; compare the clocks.';
    throw invalidSignal({ sagaId, name, field: 'expiresAt', pointer: 'expiresAt', problem, cure });
  };

  /** What is known of a saga and its signals on disk. */
  const roomFor = async (sagaId: string, signalId: string) => {
    const [row] = await store.query('saga.signalRoom', { sagaId, signalId });
    const { known = 0, open = 0, saga = null, ended = null } = row ?? {};
    return { isKnown: known !== 0, open: Number(open), saga, ended };
  };

  const refuseNew = async (sagaId: string, room: Awaited<ReturnType<typeof roomFor>>): Promise<void> => {
    if (room.ended !== null) throw new ApplianceError('SAGA_ENDED', { sagaId, status: room.ended });
    if (room.open >= OPEN_COUNT_MAX) {
      throw new ApplianceError('SAGA_SIGNALS_FULL', { sagaId, countMax: OPEN_COUNT_MAX });
    }
    if (room.saga !== null) return;
    const [early] = await store.query('saga.signalsEarly', { countMax: EARLY_COUNT_MAX });
    if (Number(early?.count ?? 0) < EARLY_COUNT_MAX) return;
    throw new ApplianceError('SAGA_SIGNALS_EARLY', { sagaId, countMax: EARLY_COUNT_MAX });
  };

  return {
    async receive(sagaId, signal) {
      const { id, name, payload } = signal;
      const instance = await load(sagaId);
      if (instance !== undefined) refuseWrongSignal(instance.definition, sagaId, signal);
      const room = await roomFor(sagaId, id);
      if (!room.isKnown) {
        await refuseNew(sagaId, room);
        const nowMs = clock.nowMs();
        const expiresMs = expiryOf(sagaId, signal, nowMs);
        const early = room.saga === null ? 1 : 0;
        const params = {
          sagaId,
          signalId: id,
          name,
          payload: JSON.stringify(payload),
          nowMs,
          expiresMs,
          early,
        };
        await store.commit([{ op: 'run', statement: 'saga.receiveSignal', params }]);
        expiry.at(expiresMs);
      } else if (room.saga !== null) parts.repeated(String(room.saga));
      // On disk now: if nobody waits for it yet, it is found when somebody does. A saga that was not there before may
      // have begun meanwhile, and looked for it in vain.
      void seek(sagaId, name);
    },
    seek,
    async seekEarly() {
      let [afterId, afterName] = ['', ''];
      for (let full = true; full && !stopped; ) {
        const params = { afterId, afterName, countMax: SEEK_COUNT };
        const rows = await store.query('saga.signalsAwaited', params);
        const found = rows.map((row) => [String(row.saga_id), String(row.name)] as const);
        await Promise.all(found.map(([sagaId, name]) => seek(sagaId, name)));
        [afterId, afterName] = found.at(-1) ?? ['', ''];
        full = rows.length === SEEK_COUNT;
      }
    },
    startExpiry: expiry.start,
    stop() {
      stopped = true;
      expiry.stop();
    },
  };
}

/** The node at which the saga waits for it; the first, as when it is decided. */
function waitingNode({ definition, state }: Instance, name: string): SignalNode | undefined {
  for (const position of state.positions) {
    const node = definition.nodes[position.node];
    if (position.at === 'signal' && node?.kind === 'signal' && node.signal === name) return node;
  }
  return undefined;
}
