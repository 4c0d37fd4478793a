import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { KserveModel, ModelTensor } from '#contracts/models.ts';
import type { Json } from '#contracts/sagas.ts';
import { ActivityFailure } from '../activities/activity.ts';
import { type Fetch, postJson } from './http-exchange.ts';
import type { ModelSource } from './model-source.ts';

const InferResponse = Type.Object({
  model_version: Type.Optional(Type.String()),
  // One that is binary has no `data`; nothing is asked for in that form.
  outputs: Type.Array(Type.Object({ name: Type.String(), data: Type.Optional(Type.Array(Type.Unknown())) })),
});
type InferResponse = Static<typeof InferResponse>;

/** A softmax in FP32 may come out this much above 1. */
const ROUNDING = 1e-6;

/** A model behind the Open Inference Protocol v2. Outputs are told apart by name: their order is the server's. */
export function kserveSource(config: KserveModel, token: string | undefined, fetcher: Fetch): ModelSource {
  const version = config.version === undefined ? '' : `/versions/${encodeURIComponent(config.version)}`;
  const base = config.url.replace(/\/+$/, '');
  const url = `${base}/v2/models/${encodeURIComponent(config.model)}${version}/infer`;
  return {
    name: config.name,
    async infer({ input, signal }) {
      const body = {
        inputs: config.inputs.map((tensor) => tensorOf(tensor, input)),
        outputs: [{ name: config.scores }],
      };
      const said: unknown = await postJson(fetcher, url, body, { token, signal });
      if (!Value.Check(InferResponse, said)) {
        throw new ActivityFailure(
          'MODEL_ANSWER',
          `${url} answered in another shape than the protocol's`,
          false,
        );
      }
      return { ...best(config, said, url), version: said.model_version ?? config.version ?? '?', top: [] };
    },
  };
}

/** One row: a batch of one. Protocol v2 §Tensor Data: row-major, nested or flat. */
export function tensorOf({ name, datatype, features }: ModelTensor, input: Json): Json {
  const data = features.map((feature) => {
    const value = memberOf(input, feature);
    if (datatype === 'BYTES') return typeof value === 'string' ? value : JSON.stringify(value ?? null);
    if (datatype === 'BOOL') return value === true;
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw new ActivityFailure(
      'MODEL_INPUT',
      `feature ${feature} is no number: ${JSON.stringify(value ?? null)}`,
      false,
    );
  });
  return { name, shape: [1, features.length], datatype, data };
}

function memberOf(input: Json, name: string): Json | undefined {
  if (typeof input !== 'object' || input === null || !Object.hasOwn(input, name)) return undefined;
  return (input as Readonly<Record<string, Json>>)[name];
}

function best(config: KserveModel, said: InferResponse, url: string): { answer: string; score: number } {
  const data = said.outputs.find(({ name }) => name === config.scores)?.data ?? [];
  const scores = data.flat(Number.POSITIVE_INFINITY).filter(isProbability);
  if (scores.length !== config.labels.length) {
    const problem = `${config.scores} should hold ${config.labels.length} probabilities and holds ${scores.length}`;
    throw new ActivityFailure('MODEL_ANSWER', `${url}: ${problem}`, false);
  }
  const score = Math.max(...scores);
  return { answer: config.labels[scores.indexOf(score)] ?? '', score: Math.min(1, score) };
}

const isProbability = (one: unknown): one is number =>
  typeof one === 'number' && one >= 0 && one <= 1 + ROUNDING;
