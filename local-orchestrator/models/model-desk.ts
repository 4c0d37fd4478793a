import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type {
  ModelAnswer,
  ModelConfig,
  ModelQuestion,
  ModelReason,
  ModelSummary,
} from '#contracts/models.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import {
  type ActivityCall,
  ActivityFailure,
  type ActivityRunner,
  implement,
  localActivity,
} from '../activities/activity.ts';
import { workKey } from '../decide/names.ts';
import { canonicalJson } from '../definition/hash.ts';
import { type Change, STOPPING } from '../engine/engine.ts';
import type { ModelSource } from './model-source.ts';
import { createStanding, numbersOf, type Standing } from './standing.ts';

/** What every model step runs: asks the model, or the one that stands in for it. */
export const modelDecide = localActivity<ModelQuestion, ModelAnswer>('model.decide', 1);

export interface ModelDesk {
  readonly runner: ActivityRunner;
  open(): Promise<void>;
  has(model: string): boolean;
  models(): readonly ModelSummary[];
  /** What is usual now counts as right. Errors: SAGA_MODEL_NOT_FOUND, SAGA_MODEL_BASELINE. */
  rebase(model: string, by: string): Promise<ModelSummary>;
  /** What became of decisions by transitions of sagas, written with them. */
  project(change: Change): readonly StoreOp[];
  committed(change: Change): void;
  /** Resolves when nobody is asked on the side any more. */
  idle(): Promise<void>;
  /** Gives up what is asked on the side: nobody waits for it, and the process ends. */
  stop(): Promise<void>;
}

/** Decisions kept for looking back; the newest stay. */
const DECISIONS_KEPT_MAX = 100_000;
/** Decisions of a model between two clean-ups. */
const FORGET_EVERY_COUNT = 1_000;
const CACHE_COUNT_MAX = 10_000;
/** Questions on the side at once; more are left out. */
const ASIDE_COUNT_MAX = 16;
const ASIDE_MS_MAX = 10_000;
/** A judgement that could not be stored is repeated after this. */
const JUDGE_AGAIN_MS = 5_000;

export function createModelDesk(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  site: string;
  configs: readonly ModelConfig[];
  sources: readonly ModelSource[];
}): ModelDesk {
  const { store, clock, log, site } = parts;
  const standings = new Map<string, Standing>();
  for (const config of parts.configs)
    standings.set(config.name, createStanding({ config, store, clock, site }));
  const sources = new Map(parts.sources.map((source) => [source.name, source]));
  const cache = new Map<string, { untilMs: number; answer: ModelAnswer }>();
  const aside = new Set<Promise<void>>();
  const sinceForget = new Map<string, number>();
  const stopping = new AbortController();
  /** Models that are judged again soon, and how to call that off. */
  const again = new Map<Standing, () => void>();

  const standingOf = (model: string): Standing => {
    const standing = standings.get(model);
    if (standing !== undefined) return standing;
    throw new ApplianceError('SAGA_MODEL_NOT_FOUND', {
      model,
      known: [...standings.keys()].join(', ') || 'none',
    });
  };

  /** Asks one model and writes its answer down before anybody acts on it. */
  const ask = async (
    model: string,
    key: string,
    question: ModelQuestion,
    signal: AbortSignal,
    onSide: boolean,
  ) => {
    const standing = standingOf(model);
    const { input, options } = question;
    let said: Omit<ModelAnswer, 'model'>;
    try {
      const source = sources.get(model);
      if (source === undefined)
        throw new ActivityFailure('MODEL_MISSING', `model ${model} has no source`, false);
      said = await source.infer({ input, options, signal });
      if (!options.includes(said.answer)) {
        const problem = `model ${model} answered "${said.answer}", which is none of ${options.join(', ')}`;
        throw new ActivityFailure('MODEL_ANSWER', problem, false);
      }
    } catch (error) {
      // The end of the process says nothing about the model.
      if (signal.reason === STOPPING) throw error;
      await standing.failed(error instanceof Error ? error.message : String(error));
      throw error;
    }
    const answer = { ...said, model };
    await record(answer, key, question, onSide);
    return answer;
  };

  const record = async (said: ModelAnswer, key: string, { input }: ModelQuestion, onSide: boolean) => {
    const { model, version, answer, score, top } = said;
    const params = {
      key,
      model,
      version,
      input: JSON.stringify(input),
      answer,
      score,
      top: JSON.stringify(top),
      aside: onSide ? 1 : 0,
      nowMs: clock.nowMs(),
    };
    await store.commit([{ op: 'run', statement: 'models.decided', params }, ...forgetOps(model)], {
      reserve: true,
    });
    const sample = { key, answer, score, numbers: numbersOf(input), actual: null };
    await standingOf(model).decided(version, sample, onSide);
  };

  const forgetOps = (model: string): StoreOp[] => {
    const count = (sinceForget.get(model) ?? 0) + 1;
    sinceForget.set(model, count % FORGET_EVERY_COUNT);
    if (count < FORGET_EVERY_COUNT) return [];
    return [{ op: 'run', statement: 'models.forget', params: { model, keepCount: DECISIONS_KEPT_MAX } }];
  };

  /** One that is not trusted is measured all the same: that is how it is trusted again. */
  const askAside = (model: string, key: string, question: ModelQuestion) => {
    if (aside.size >= ASIDE_COUNT_MAX || stopping.signal.aborted) return;
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(ASIDE_MS_MAX)]);
    const asked: Promise<void> = ask(model, key, question, signal, true)
      .then(
        () => {},
        (error: unknown) => log.debug({ err: error, model }, 'a model that is not trusted did not answer'),
      )
      .finally(() => aside.delete(asked));
    aside.add(asked);
  };

  const answerOf = async (
    model: string,
    call: ActivityCall<ModelQuestion>,
    tried: readonly string[],
  ): Promise<ModelAnswer> => {
    const standing = standingOf(model);
    const { fallback } = standing.config;
    const next = fallback === undefined || tried.includes(fallback) ? undefined : fallback;
    if (!standing.isTrusted()) {
      askAside(model, call.key, call.input);
      if (next !== undefined) return answerOf(next, call, [...tried, model]);
      throw new ActivityFailure(
        'MODEL_UNTRUSTED',
        `model ${model} is not followed: ${standing.why()}`,
        false,
      );
    }
    try {
      return await ask(model, call.key, call.input, call.signal, false);
    } catch (error) {
      if (next === undefined || call.signal.aborted) throw error;
      log.info({ err: error, model, fallback: next }, 'another model is asked instead');
      return answerOf(next, call, [...tried, model]);
    }
  };

  const decideOnce = async (call: ActivityCall<ModelQuestion>): Promise<ModelAnswer> => {
    const [row] = await store.query('models.answered', { key: call.key });
    if (row !== undefined) {
      const top = JSON.parse(String(row.top)) as ModelReason[];
      const { answer, score, model, version } = row;
      return {
        answer: String(answer),
        score: Number(score),
        model: String(model),
        version: String(version),
        top,
      };
    }
    const { model, input, options, cacheMs } = call.input;
    const cacheKey = canonicalJson([model, input, options]);
    const known = cache.get(cacheKey);
    if (
      known !== undefined &&
      known.untilMs > clock.monotonicMs() &&
      standingOf(known.answer.model).isTrusted()
    ) {
      await record(known.answer, call.key, call.input, false);
      return known.answer;
    }
    const answer = await answerOf(model, call, []);
    if (cacheMs > 0) {
      cache.delete(cacheKey);
      cache.set(cacheKey, { untilMs: clock.monotonicMs() + cacheMs, answer });
      const [oldest] = cache.keys();
      if (cache.size > CACHE_COUNT_MAX && oldest !== undefined) cache.delete(oldest);
    }
    return answer;
  };

  /** Trust is lost only on disk: until it is, the model is followed. Once per model is enough, its window has all. */
  const judge = async (standing: Standing, key: string, actual: string): Promise<void> => {
    try {
      await standing.judged(key, actual);
    } catch (error) {
      if (stopping.signal.aborted || again.has(standing)) return;
      const { name: model } = standing.config;
      log.warn({ err: error, model }, 'a judgement of a model could not be stored; will try again');
      const repeat = () => {
        again.delete(standing);
        void judge(standing, key, actual);
      };
      again.set(standing, clock.after(JUDGE_AGAIN_MS, repeat));
    }
  };

  const idle = async () => void (await Promise.all(aside));

  return {
    runner: implement(modelDecide, decideOnce),
    async open() {
      const rows = new Map((await store.query('models.standing')).map((row) => [String(row.model), row]));
      const counts = new Map((await store.query('models.counts')).map((row) => [String(row.model), row]));
      for (const [name, standing] of standings) {
        const count = counts.get(name);
        const numbers = { asked: Number(count?.asked ?? 0), followed: Number(count?.followed ?? 0) };
        await standing.open(rows.get(name), numbers);
      }
    },
    has: (model) => standings.has(model),
    models: () => [...standings.values()].map((standing) => standing.summary()),
    async rebase(model, by) {
      const standing = standingOf(model);
      await standing.rebase(by);
      return standing.summary();
    },
    project(change) {
      const nowMs = change.atMs;
      return verdictsOf(change).map(
        ({ key, actual, by }): StoreOp =>
          by === MODEL
            ? { op: 'run', statement: 'models.followed', params: { key } }
            : { op: 'run', statement: 'models.judged', params: { key, actual, by, nowMs } },
      );
    },
    committed(change) {
      for (const { key, actual, by, model } of verdictsOf(change)) {
        if (by === MODEL) standings.get(model ?? '')?.followed();
        else for (const standing of standings.values()) void judge(standing, key, actual);
      }
    },
    idle,
    stop() {
      stopping.abort(STOPPING);
      for (const callOff of again.values()) callOff();
      return idle();
    },
  };
}

/** Who decided, in the output of a model step that no person was asked about. */
const MODEL = 'model';

interface Verdict {
  readonly key: string;
  readonly actual: string;
  readonly by: string;
  readonly model: string | null;
}

/** Decisions at model steps that this transition has recorded. */
function verdictsOf({ instance, decision }: Change): Verdict[] {
  const { nodes } = instance.definition;
  return decision.journal.flatMap((op): Verdict[] => {
    if (op.op !== 'add' || nodes[op.entry.node]?.kind !== 'model') return [];
    const { node, visit, output } = op.entry;
    if (typeof output !== 'object' || output === null || !('decision' in output)) return [];
    const {
      decision: actual,
      by,
      model = null,
    } = output as { decision: string; by: string; model?: string | null };
    const key = workKey(instance.sagaId, { node, visit, role: 'action' });
    return [{ key, actual, by, model }];
  });
}
