import type { Clock } from '#contracts/clock.ts';
import type { WorkOrder } from '#contracts/events/order.ts';
import type { Log } from '#contracts/log.ts';
import type { ModelReason, OrderRisk } from '#contracts/models.ts';
import type { Json } from '#contracts/sagas.ts';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';
import { ActivityFailure } from '../../activities/activity.ts';
import type { ModelSource } from '../model-source.ts';
import { type ArticleRates, featureNames, featuresOf } from './features.ts';
import { areaUnderCurve, type Example, type Logistic, predictLogistic, trainLogistic } from './logistic.ts';

/** Less history than this is no history. */
const SAMPLES_MIN = 200;
const EXCEPTIONS_MIN = 20;
const SAMPLES_MAX = 5_000;
const SAMPLES_KEPT_MAX = 20_000;
/** Ended orders between two trainings. */
const RETRAIN_EVERY_COUNT = 250;
/** Newest share of the samples that the fit never sees; it is used only when it does better than chance there. */
const HELD_OUT_SHARE = 0.2;
const AUC_MIN = 0.6;
const TOP_COUNT = 3;

interface Trained {
  readonly logistic: Logistic;
  readonly version: string;
}

export interface RiskReport {
  readonly trained: boolean;
  readonly why: string;
  readonly samples: number;
  readonly exceptions: number;
  /** On orders that the fit never saw; null when not tried yet. */
  readonly auc: number | null;
}

/**
 * The risk that an order needs a person or fails, learned on the box from the site's own orders. It knows an
 * order as it was when it was accepted, never what came later.
 */
export interface OrderRiskModel extends ModelSource {
  open(): Promise<void>;
  /** Null until there is enough history, and while it does no better than chance. */
  riskOf(order: WorkOrder, acceptedMs: number): OrderRisk | null;
  /** Rows that remember an order as it was accepted. */
  accepted(order: WorkOrder, acceptedMs: number): readonly StoreOp[];
  /** Rows that say how it ended. An exception is what failed, or needed a person on its way. */
  ended(orderId: string, failed: boolean, atMs: number): readonly StoreOp[];
  /** After those rows are on disk; trains anew now and then. */
  learned(): void;
  report(): RiskReport;
  /** Resolves when no training runs. */
  idle(): Promise<void>;
}

export function createOrderRisk(parts: {
  name: string;
  store: Store;
  clock: Clock;
  log: Log;
  timeZone: string;
}): OrderRiskModel {
  const { store, log, timeZone } = parts;
  const hourFormat = new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', hourCycle: 'h23' });
  let rates: ArticleRates = new Map();
  let baseRate = 0;
  let model: Trained | null = null;
  let report: RiskReport = {
    trained: false,
    why: 'no order has ended yet',
    samples: 0,
    exceptions: 0,
    auc: null,
  };
  let endedSince = 0;
  let training: Promise<void> | null = null;

  const look = (order: WorkOrder, acceptedMs: number): number[] =>
    featuresOf(order, Number(hourFormat.format(acceptedMs)), rates, baseRate);

  const train = async (): Promise<void> => {
    const rows = (await store.query('models.riskSamples', { countMax: SAMPLES_MAX })).toReversed();
    const examples = rows.map(exampleOf);
    const exceptions = examples.filter(({ y }) => y === 1).length;
    rates = ratesOf(rows);
    baseRate = examples.length === 0 ? 0 : exceptions / examples.length;
    const numbers = { samples: examples.length, exceptions };
    if (examples.length < SAMPLES_MIN || exceptions < EXCEPTIONS_MIN) {
      const why = `${examples.length} orders with ${exceptions} exceptions; ${SAMPLES_MIN} with ${EXCEPTIONS_MIN} are needed`;
      model = null;
      report = { trained: false, why, ...numbers, auc: null };
      return;
    }
    const heldFrom = Math.floor(examples.length * (1 - HELD_OUT_SHARE));
    const trial = await trainLogistic(examples.slice(0, heldFrom));
    const auc = areaUnderCurve(
      examples.slice(heldFrom).map(({ x, y }) => ({ y, score: predictLogistic(trial, x).score })),
    );
    if (auc === null || auc < AUC_MIN) {
      const why = `on orders it had not seen it does ${auc === null ? 'nothing that can be measured' : `no better than ${auc.toFixed(2)}`}; ${AUC_MIN} is needed`;
      model = null;
      report = { trained: false, why, ...numbers, auc };
      return;
    }
    model = { logistic: await trainLogistic(examples), version: `${examples.length}-${exceptions}` };
    report = { trained: true, why: `tells ${auc.toFixed(2)} of pairs apart`, ...numbers, auc };
    log.info({ ...report }, 'the risk of orders was learned anew');
  };

  const trainSoon = () => {
    training ??= train()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'the risk of orders could not be learned; the old one stays'),
      )
      .finally(() => {
        training = null;
      });
  };

  const riskOf = (order: WorkOrder, acceptedMs: number): OrderRisk | null => {
    if (model === null) return null;
    return explain(model.logistic, look(order, acceptedMs));
  };

  return {
    name: parts.name,
    async open() {
      trainSoon();
      await training;
    },
    riskOf,
    accepted(order, acceptedMs) {
      const params = {
        orderId: order.orderId,
        features: JSON.stringify(look(order, acceptedMs)),
        skus: JSON.stringify([...new Set(order.lines.map(({ sku }) => sku))]),
        nowMs: acceptedMs,
      };
      return [{ op: 'run', statement: 'models.riskAccepted', params }];
    },
    ended(orderId, failed, atMs) {
      const params = { orderId, failed: failed ? 1 : 0, nowMs: atMs };
      return [{ op: 'run', statement: 'models.riskEnded', params }];
    },
    learned() {
      endedSince += 1;
      if (endedSince < RETRAIN_EVERY_COUNT) return;
      endedSince = 0;
      const params = { keepCount: SAMPLES_KEPT_MAX };
      store
        .commit([{ op: 'run', statement: 'models.riskForget', params }], { reserve: true })
        .catch((error: unknown) => log.warn({ err: error }, 'old orders of the risk model stay for now'));
      trainSoon();
    },
    report: () => report,
    idle: async () => void (await training),
    async infer({ input, options }) {
      const { order, acceptedAtMs } = input as unknown as { order?: WorkOrder; acceptedAtMs?: number };
      if (order === undefined || acceptedAtMs === undefined || options.length !== 2) {
        const problem =
          'the input of order-risk is {order, acceptedAtMs}, and it has two options: calm, then risky';
        throw new ActivityFailure('MODEL_INPUT', problem, false);
      }
      const risk = riskOf(order, acceptedAtMs);
      if (risk === null) throw new ActivityFailure('MODEL_UNTRAINED', report.why, false);
      const [calm = '', risky = ''] = options;
      const isRisky = risk.score >= 0.5;
      return {
        answer: isRisky ? risky : calm,
        score: isRisky ? risk.score : 1 - risk.score,
        version: model?.version ?? '?',
        top: risk.top,
      };
    },
  };
}

/** The probability with what spoke for it most, either way. */
function explain(logistic: Logistic, x: readonly number[]): OrderRisk {
  const { score, effects } = predictLogistic(logistic, x);
  const all = effects.reduce((sum, effect) => sum + Math.abs(effect), 0) || 1;
  const top = effects
    .map((effect, at): ModelReason => {
      const value = x[at] ?? 0;
      const text = Number.isInteger(value) ? String(value) : `${Math.round(value * 100)} %`;
      return {
        feature: featureNames[at] ?? '?',
        value: text,
        effect: Math.round((effect / all) * 100) / 100,
      };
    })
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
    .slice(0, TOP_COUNT);
  return { score: Math.round(score * 1_000) / 1_000, top };
}

const exampleOf = (row: SqlRow): Example => ({
  x: JSON.parse(String(row.features)) as number[],
  y: Number(row.exception) === 1 ? 1 : 0,
});

function ratesOf(rows: readonly SqlRow[]): ArticleRates {
  const rates = new Map<string, { orders: number; exceptions: number }>();
  for (const row of rows) {
    for (const sku of JSON.parse(String(row.skus)) as Json[]) {
      const rate = rates.get(String(sku)) ?? { orders: 0, exceptions: 0 };
      rates.set(String(sku), {
        orders: rate.orders + 1,
        exceptions: rate.exceptions + Number(row.exception),
      });
    }
  }
  return rates;
}
