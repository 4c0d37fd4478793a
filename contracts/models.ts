import { type Static, Type } from 'typebox';
import { Id, Secret } from './config-parts.ts';
import type { Json } from './sagas.ts';

const closed = { additionalProperties: false } as const;

/**
 * Past one of these the model is no longer followed: its fallback is asked, or a person. It goes on being asked on
 * the side, and is trusted again once a whole window is good.
 */
export const ModelGuard = Type.Object(
  {
    windowCount: Type.Integer({
      minimum: 20,
      maximum: 5_000,
      default: 200,
      description:
        'Newest decisions that are looked at; the first ones of a version are what they are held against.',
    }),
    accuracyMin: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.7,
      description: 'Share of its answers that people agreed with.',
    }),
    psiMax: Type.Number({
      exclusiveMinimum: 0,
      default: 0.25,
      description: 'Population-stability index of the score and of each number it is given. 0.25 is a shift.',
    }),
    failuresMax: Type.Integer({ minimum: 1, default: 5, description: 'Answers missing in a row.' }),
  },
  { ...closed, default: {} },
);
export type ModelGuard = Static<typeof ModelGuard>;

const common = {
  name: Id('What sagas call the model.'),
  fallback: Type.Optional(Id('Model that is asked while this one is not trusted. Without one: a person.')),
  guard: ModelGuard,
};
const service = {
  ...common,
  url: Type.String({ pattern: '^https?://', description: 'Where the service answers.' }),
  token: Type.Optional(Secret),
};

/** A tensor of the request, made of named features of the step's input. */
export const ModelTensor = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    datatype: Type.Enum(['FP32', 'FP64', 'INT32', 'INT64', 'BOOL', 'BYTES']),
    features: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 256 }),
  },
  closed,
);
export type ModelTensor = Static<typeof ModelTensor>;

/**
 * A model behind the Open Inference Protocol v2 over HTTP (Triton, KServe, MLServer, OpenVINO).
 * Source: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
 */
export const KserveModel = Type.Object(
  {
    ...service,
    kind: Type.Literal('kserve'),
    model: Type.String({ minLength: 1, maxLength: 128, description: 'Its name at the service.' }),
    version: Type.Optional(Type.String({ maxLength: 64, description: 'Without one the service chooses.' })),
    inputs: Type.Array(ModelTensor, { minItems: 1, maxItems: 16 }),
    scores: Type.String({
      description: 'Output tensor with one probability for each label, in their order.',
    }),
    labels: Type.Array(Type.String(), { minItems: 1, maxItems: 64, description: 'Ids of the options.' }),
  },
  closed,
);
export type KserveModel = Static<typeof KserveModel>;

/** A service that takes `{model, input, options}` and answers `{answer, score, version, top?}`. */
export const HttpModel = Type.Object({ ...service, kind: Type.Literal('http') }, closed);
export type HttpModel = Static<typeof HttpModel>;

/** The model that comes with the house: the risk that an order needs a person, learned from the site's own orders. */
export const RiskModel = Type.Object({ ...common, kind: Type.Literal('order-risk') }, closed);
export type RiskModel = Static<typeof RiskModel>;

export const ModelConfig = Type.Union([KserveModel, HttpModel, RiskModel]);
export type ModelConfig = Static<typeof ModelConfig>;

/** What spoke for an answer, strongest first. `effect`: share of the score, signed. */
export const ModelReason = Type.Object({
  feature: Type.String(),
  value: Type.String(),
  effect: Type.Number(),
});
export type ModelReason = Static<typeof ModelReason>;

/** What a model step asks. `input` is what the model sees; its numbers are watched for drift. */
export interface ModelQuestion {
  readonly model: string;
  readonly input: Json;
  readonly options: readonly string[];
  readonly cacheMs: number;
}

/** `answer` is the id of an option; `score` its probability, 0 to 1. */
export interface ModelAnswer {
  readonly answer: string;
  readonly score: number;
  /** The one that answered: the model asked for, or its fallback. */
  readonly model: string;
  readonly version: string;
  readonly top: readonly ModelReason[];
}

export const modelStates = ['learning', 'trusted', 'drifted', 'inaccurate', 'failing'] as const;
export type ModelState = (typeof modelStates)[number];

/** How a model does, for the screens. */
export const ModelSummary = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['kserve', 'http', 'order-risk']),
  state: Type.Enum([...modelStates]),
  why: Type.String({ description: 'In words.' }),
  since: Type.String({ format: 'date-time' }),
  version: Type.Union([Type.String(), Type.Null()]),
  fallback: Type.Union([Type.String(), Type.Null()]),
  asked: Type.Integer({ description: 'Decisions in all.' }),
  followed: Type.Integer({ description: 'Of them carried out without a person.' }),
  judged: Type.Integer({ description: 'Of the window: with the word of a person.' }),
  accuracy: Type.Union([Type.Number(), Type.Null()]),
  psi: Type.Union([Type.Number(), Type.Null()], { description: 'The largest of the window.' }),
  psiOf: Type.Union([Type.String(), Type.Null()], { description: 'Where: score or a feature.' }),
});
export type ModelSummary = Static<typeof ModelSummary>;

/** The risk that an order needs a person; null until there is enough history to know. */
export const OrderRisk = Type.Object({
  score: Type.Number({ minimum: 0, maximum: 1 }),
  top: Type.Array(ModelReason, { maxItems: 3 }),
});
export type OrderRisk = Static<typeof OrderRisk>;
