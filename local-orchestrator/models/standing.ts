import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { modelStateChanged } from '#contracts/events/model.ts';
import type { ModelConfig, ModelState, ModelSummary } from '#contracts/models.ts';
import type { Json } from '#contracts/sagas.ts';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';
import { type Baseline, columnsOf, type Quality, qualityOf, type Sample } from './quality.ts';

/** How one model stands: its window of decisions, its state, and the rows of both. */
export interface Standing {
  readonly config: ModelConfig;
  open(row: SqlRow | undefined, counts: { asked: number; followed: number }): Promise<void>;
  /** False: it is asked on the side only. */
  isTrusted(): boolean;
  why(): string;
  decided(version: string, sample: Sample, aside: boolean): Promise<void>;
  failed(reason: string): Promise<void>;
  /** A person, or time, has said what is right. */
  judged(key: string, actual: string): Promise<void>;
  followed(): void;
  /** What is usual now counts as right from now on. Errors: SAGA_MODEL_BASELINE. */
  rebase(by: string): Promise<void>;
  summary(): ModelSummary;
}

interface Now {
  state: ModelState;
  why: string;
  sinceMs: number;
  version: string | null;
  baseline: Baseline | null;
}

export function createStanding(parts: {
  config: ModelConfig;
  store: Store;
  clock: Clock;
  site: string;
}): Standing {
  const { config, store, clock } = parts;
  const { name, guard } = config;
  const fresh: Now = {
    state: 'learning',
    why: 'not asked yet',
    sinceMs: clock.nowMs(),
    version: null,
    baseline: null,
  };
  let now = fresh;
  let window: Sample[] = [];
  let failures = 0;
  let asked = 0;
  let followed = 0;
  let quality: Quality = qualityOf(guard, null, window);
  /** One after the other: two decisions at once must not both tell of the same change. */
  let turn: Promise<void> = Promise.resolve();

  const isTrusted = () => now.state === 'trusted' || now.state === 'learning';

  const stand = async (next: Now, by?: string): Promise<void> => {
    const version = next.version ?? '?';
    const params = {
      model: name,
      state: next.state,
      why: next.why,
      nowMs: next.sinceMs,
      version,
      baseline: next.baseline === null ? null : JSON.stringify(next.baseline),
    };
    const ops: StoreOp[] = [{ op: 'run', statement: 'models.stand', params }];
    if (next.state !== now.state || by !== undefined) {
      const data = {
        model: name,
        version,
        from: now.state,
        to: next.state,
        why: next.why,
        instead:
          next.state === 'trusted' || next.state === 'learning' ? name : (config.fallback ?? 'a person'),
        ...(by === undefined ? {} : { by }),
      };
      const context = {
        site: parts.site,
        component: 'orchestrator',
        nowMs: clock.nowMs(),
        correlationId: name,
      };
      ops.push({ op: 'append', event: createEvent(modelStateChanged, name, data, context, name) });
    }
    await store.commit(ops, { reserve: true });
    now = next;
  };

  /** Judges it anew. Trust that was lost comes back only with a whole window that is good. */
  const judge = async (): Promise<void> => {
    if (now.baseline === null && window.length >= guard.windowCount) {
      quality = qualityOf(guard, columnsOf(window), window);
      const state = quality.state === 'inaccurate' ? 'inaccurate' : 'trusted';
      await stand({ ...now, state, why: quality.why, sinceMs: clock.nowMs(), baseline: columnsOf(window) });
      return;
    }
    quality = qualityOf(guard, now.baseline, window);
    const isGood = quality.state === 'trusted' || quality.state === 'learning';
    if (!isTrusted() && now.state !== 'failing' && isGood && window.length < guard.windowCount) return;
    if (quality.state === now.state) return;
    const lost = isTrusted() && !isGood;
    await stand({ ...now, state: quality.state, why: quality.why, sinceMs: clock.nowMs() });
    if (lost) window = [];
  };

  const inTurn = (run: () => Promise<void>): Promise<void> => {
    const mine = turn.then(run);
    turn = mine.catch(() => {});
    return mine;
  };

  return {
    config,
    async open(row, counts) {
      ({ asked, followed } = counts);
      if (row === undefined) return;
      now = {
        state: row.state as ModelState,
        why: String(row.why),
        sinceMs: Number(row.since_ms),
        version: String(row.version),
        baseline: row.baseline === null ? null : (JSON.parse(String(row.baseline)) as Baseline),
      };
      const sinceId = isTrusted() ? 0 : Number(row.since_id);
      const params = { model: name, version: now.version, sinceId, countMax: guard.windowCount };
      const rows = await store.query('models.window', params);
      window = rows.map(sampleOf).reverse();
      quality = qualityOf(guard, now.baseline, window);
    },
    isTrusted,
    why: () => now.why,
    decided: (version, sample, aside) =>
      inTurn(async () => {
        failures = 0;
        if (!aside) asked += 1;
        if (version !== now.version) {
          // Another model in all but name: nothing of the old one says anything about it.
          window = [];
          const why =
            now.version === null ? 'its first answer' : `version ${version} came after ${now.version}`;
          await stand({ state: 'learning', why, sinceMs: clock.nowMs(), version, baseline: null });
        }
        window = [...window.slice(-(guard.windowCount - 1)), sample];
        await judge();
      }),
    failed: (reason) =>
      inTurn(async () => {
        failures += 1;
        if (failures < guard.failuresMax || now.state === 'failing') return;
        const why = `no answer ${failures} times in a row: ${reason}`;
        await stand({ ...now, state: 'failing', why, sinceMs: clock.nowMs() });
      }),
    judged: (key, actual) =>
      inTurn(async () => {
        if (!window.some((sample) => sample.key === key)) return;
        window = window.map((sample) => (sample.key === key ? { ...sample, actual } : sample));
        await judge();
      }),
    followed() {
      followed += 1;
    },
    rebase: (by) =>
      inTurn(async () => {
        if (window.length < guard.windowCount) {
          const details = { model: name, count: window.length, wanted: guard.windowCount };
          throw new ApplianceError('SAGA_MODEL_BASELINE', details);
        }
        const why = 'what is usual now counts as right';
        const baseline = columnsOf(window);
        await stand({ ...now, state: 'trusted', why, sinceMs: clock.nowMs(), baseline }, by);
        quality = qualityOf(guard, baseline, window);
      }),
    summary: () => ({
      name,
      kind: config.kind,
      state: now.state,
      why: now.why,
      since: new Date(now.sinceMs).toISOString(),
      version: now.version,
      fallback: config.fallback ?? null,
      asked,
      followed,
      judged: quality.judged,
      accuracy: quality.accuracy,
      psi: quality.psi,
      psiOf: quality.psiOf,
    }),
  };
}

/** Numbers of an input, by name; the rest of it is not watched. */
export function numbersOf(input: Json): Record<string, number> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return {};
  const numbers = Object.entries(input).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return Object.fromEntries(numbers);
}

const sampleOf = (row: SqlRow): Sample => ({
  key: String(row.key),
  answer: String(row.answer),
  score: Number(row.score),
  numbers: numbersOf(JSON.parse(String(row.input)) as Json),
  actual: row.actual === null || row.actual === undefined ? null : String(row.actual),
});
