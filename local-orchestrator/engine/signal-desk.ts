import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { signalDropped } from '#contracts/events/signal.ts';
import type { Log } from '#contracts/log.ts';
import type { Json, SagaDefinition, SignalNode } from '#contracts/sagas.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import type { SagaEvent } from '../decide/state.ts';
import { schemaProblems } from '../definition/json-schema.ts';
import type { Instance, Outcome } from './instances.ts';
import type { SteadyClock } from './steady-clock.ts';

export interface Signal {
  /** Deduplicates: the same id counts once for a saga. */
  readonly id: string;
  readonly name: string;
  readonly payload: Json;
}

/** Keeps signals until their saga comes for them. Each ends in one of three ways: taken, expired or set aside. */
export interface SignalDesk {
  /** On disk when it resolves. Errors: SAGA_SIGNAL_INVALID, SAGA_SIGNALS_FULL, STORE_*. */
  receive(sagaId: string, signal: Signal): Promise<void>;
  /** Hands stored ones of this name to the saga, as many as it waits for. */
  seek(sagaId: string, name: string): Promise<void>;
  /** Hands over what came before a crash, when the saga that waits for it was not told. */
  seekEarly(): Promise<void>;
  /** Begins to give up what has expired; after everything that was due has had its chance to take it. */
  startExpiry(): void;
  stop(): void;
}

/** Of one saga, not taken yet. */
const OPEN_COUNT_MAX = 1_000;
/** Of sagas that run, looked at when the process starts. */
const EARLY_COUNT_MAX = 10_000;
const EXPIRED_COUNT_MAX = 200;
const EXPIRY_LOOK_MS = 3_600_000;
const DAY_MS = 86_400_000;

export function createSignalDesk(parts: {
  store: Store;
  clock: SteadyClock;
  log: Log;
  site: string;
  daysMax: number;
  repeated: (saga: string) => void;
  load: (sagaId: string) => Promise<Instance | undefined>;
  offer: (sagaId: string, event: SagaEvent) => Promise<Outcome>;
}): SignalDesk {
  const { store, clock, log, load, offer } = parts;
  /** One seeker for each saga and name: two would hand out the same signal. True: look once more. */
  const seeking = new Map<string, boolean>();
  let disarm: () => void = () => {};
  let stopped = false;

  /** False when somebody else has dealt with it meanwhile. */
  const drop = async (sagaId: string, row: SqlRow, why: 'expired' | 'wrong-shape', reason: string) => {
    const signalId = String(row.signal_id);
    const nowMs = clock.wallMs(clock.nowMs());
    const context = { site: parts.site, component: 'orchestrator', nowMs, correlationId: sagaId };
    const data = { sagaId, signalId, name: String(row.name), why, reason };
    try {
      await store.commit(
        [
          { op: 'run', statement: 'saga.dropSignal', params: { sagaId, signalId, why, nowMs }, changes: 1 },
          { op: 'append', event: createEvent(signalDropped, sagaId, data, context) },
        ],
        { reserve: true },
      );
      log.warn({ sagaId, signalId, why, reason }, 'a signal was given up');
    } catch (error) {
      if (!isApplianceError(error, 'STORE_CONFLICT')) throw error;
    }
  };

  /** Hands over one; true when there may be another to hand over. */
  const handOne = async (sagaId: string, name: string): Promise<boolean> => {
    const instance = await load(sagaId);
    const node = instance === undefined ? undefined : waitingNode(instance, name);
    if (node === undefined) return false;
    const [row] = await store.query('saga.signalsOpen', { sagaId, name });
    if (row === undefined) return false;
    const payload = JSON.parse(String(row.payload)) as Json;
    const [wrong] = node.payload === undefined ? [] : schemaProblems(node.payload, payload);
    if (wrong !== undefined) {
      await drop(sagaId, row, 'wrong-shape', `${wrong.pointer || 'the payload'}: ${wrong.problem}`);
      return true;
    }
    const signalId = String(row.signal_id);
    const outcome = await offer(sagaId, { type: 'signal', signalId, name, payload });
    return outcome === 'changed' || outcome === 'conflict';
  };

  const seek = async (sagaId: string, name: string): Promise<void> => {
    const key = `${sagaId}\n${name}`;
    if (seeking.has(key)) {
      seeking.set(key, true);
      return;
    }
    try {
      do {
        seeking.set(key, false);
        while (!stopped && (await handOne(sagaId, name)));
      } while (!stopped && seeking.get(key) === true);
    } finally {
      seeking.delete(key);
    }
  };

  const expire = async (): Promise<void> => {
    const params = { beforeMs: clock.nowMs() - parts.daysMax * DAY_MS, countMax: EXPIRED_COUNT_MAX };
    for (let full = true; full && !stopped; ) {
      const rows = await store.query('saga.signalsExpired', params);
      const reason = `no saga came for it within ${parts.daysMax} days`;
      await Promise.all(rows.map((row) => drop(String(row.saga_id), row, 'expired', reason)));
      full = rows.length === EXPIRED_COUNT_MAX;
    }
  };

  const look = () => {
    if (stopped) return;
    expire()
      .catch((error: unknown) => {
        if (!stopped) log.warn({ err: error }, 'expired signals could not be given up; will try again');
      })
      .finally(() => {
        if (!stopped) disarm = clock.after(EXPIRY_LOOK_MS, look);
      });
  };

  return {
    async receive(sagaId, { id, name, payload }) {
      const instance = await load(sagaId);
      if (instance !== undefined) refuseWrong(instance.definition, sagaId, name, payload);
      const [room] = await store.query('saga.signalRoom', { sagaId, signalId: id });
      if (Number(room?.known ?? 0) === 0) {
        if (Number(room?.open ?? 0) >= OPEN_COUNT_MAX) {
          throw new ApplianceError('SAGA_SIGNALS_FULL', { sagaId, countMax: OPEN_COUNT_MAX });
        }
        const params = { sagaId, signalId: id, name, payload: JSON.stringify(payload), nowMs: clock.nowMs() };
        await store.commit([{ op: 'run', statement: 'saga.receiveSignal', params }]);
      } else if (instance !== undefined) parts.repeated(instance.definition.name);
      // On disk now: if nobody waits for it yet, it is found when somebody does. A saga that was not there before may
      // have begun meanwhile, and looked for it in vain.
      seek(sagaId, name).catch((error: unknown) =>
        log.warn({ err: error, sagaId, name }, 'a signal stays stored; it is sought again at the next start'),
      );
    },
    seek,
    async seekEarly() {
      const rows = await store.query('saga.signalsEarly', { countMax: EARLY_COUNT_MAX });
      await Promise.all(rows.map((row) => seek(String(row.saga_id), String(row.name))));
    },
    startExpiry: look,
    stop() {
      stopped = true;
      disarm();
    },
  };
}

const signalNodes = ({ nodes }: SagaDefinition): [string, SignalNode][] =>
  Object.entries(nodes).filter((entry): entry is [string, SignalNode] => entry[1].kind === 'signal');

/** The node at which the saga waits for it; the first, as when it is decided. */
function waitingNode({ definition, state }: Instance, name: string): SignalNode | undefined {
  for (const position of state.positions) {
    const node = definition.nodes[position.node];
    if (position.at === 'signal' && node?.kind === 'signal' && node.signal === name) return node;
  }
  return undefined;
}

/** Refuses at the edge what no step of the saga would ever take. */
function refuseWrong(definition: SagaDefinition, sagaId: string, name: string, payload: Json): void {
  const nodes = signalNodes(definition);
  const takers = nodes.filter(([, node]) => node.signal === name);
  const refuse = (field: 'name' | 'payload', pointer: string, problem: string, cure: string) =>
    new ApplianceError('SAGA_SIGNAL_INVALID', {
      sagaId,
      name,
      pointer: `${field}${pointer}`,
      problem,
      cure,
      field,
    });
  if (takers.length === 0) {
    const known = [...new Set(nodes.map(([, node]) => node.signal))].join(', ') || 'none';
    throw refuse('name', '', `no step of ${definition.name} waits for it`, `Its signals are: ${known}.`);
  }
  const findings = takers.map(([id, { payload: schema }]) => ({
    id,
    wrong: schema === undefined ? undefined : schemaProblems(schema, payload)[0],
  }));
  const [first] = findings;
  if (first?.wrong === undefined || findings.some(({ wrong }) => wrong === undefined)) return;
  const { pointer, problem } = first.wrong;
  throw refuse('payload', pointer, problem, `Send what the schema of step "${first.id}" asks for.`);
}
