import { Value } from 'typebox/value';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { type ModelConfig, RiskModel } from '#contracts/models.ts';
import type { Store } from '#contracts/store.ts';
import type { Fetch } from './http-exchange.ts';
import { httpSource } from './http-source.ts';
import { kserveSource } from './kserve-source.ts';
import { createModelDesk, type ModelDesk } from './model-desk.ts';
import type { ModelSource } from './model-source.ts';
import { createOrderRisk, type OrderRiskModel } from './risk/order-risk.ts';

/** What the models of a site need from outside. */
export interface ModelParts {
  readonly configs: readonly ModelConfig[];
  /** Tokens of the services that want one, by model. */
  readonly tokens: ReadonlyMap<string, string>;
  /** The only way out of the box that models have. */
  readonly fetch: Fetch;
}

export interface Models {
  readonly desk: ModelDesk;
  /** Always there, declared or not: the order of those that wait depends on it. */
  readonly risk: OrderRiskModel;
  open(): Promise<void>;
  /** Nobody is asked any more, and no training runs. */
  stop(): Promise<void>;
}

export const ORDER_RISK = 'order-risk';

export function createModels(
  parts: { store: Store; clock: Clock; log: Log; site: { id: string; timeZone: string } },
  { configs, tokens, fetch }: ModelParts,
): Models {
  const { store, clock, log, site } = parts;
  const declared = configs.find(({ kind }) => kind === 'order-risk');
  const riskConfig =
    declared ?? (Value.Default(RiskModel, { name: ORDER_RISK, kind: 'order-risk' }) as RiskModel);
  const risk = createOrderRisk({ name: riskConfig.name, store, clock, log, timeZone: site.timeZone });
  const all = declared === undefined ? [...configs, riskConfig] : configs;
  const sources = all.map((config): ModelSource => {
    const token = tokens.get(config.name);
    if (config.kind === 'kserve') return kserveSource(config, token, fetch);
    return config.kind === 'http' ? httpSource(config, token, fetch) : risk;
  });
  const desk = createModelDesk({ store, clock, log, site: site.id, configs: all, sources });
  return {
    desk,
    risk,
    open: async () => void (await Promise.all([desk.open(), risk.open()])),
    stop: async () => void (await Promise.all([desk.stop(), risk.idle()])),
  };
}
