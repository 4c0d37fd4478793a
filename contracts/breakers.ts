import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

/** When a circuit breaker opens and how it closes again; one policy for every device and endpoint of a site. */
export const BreakerPolicy = Type.Object(
  {
    failures: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 5,
      description: 'Faults in a row after which nothing more is sent. Refusals by an interlock do not count.',
    }),
    openMs: Type.Integer({
      minimum: 100,
      maximum: 86_400_000,
      default: 30_000,
      description: 'How long nothing is sent before one attempt may try again.',
    }),
    probes: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 1,
      description: 'Attempts that must succeed, one after the other, before it closes.',
    }),
  },
  { ...closed, default: {} },
);
export type BreakerPolicy = Static<typeof BreakerPolicy>;

export const breakerStates = ['closed', 'open', 'half-open'] as const;
export type BreakerStateName = (typeof breakerStates)[number];
export const breakerKinds = ['device', 'endpoint'] as const;
export type BreakerKind = (typeof breakerKinds)[number];

/** The circuit breaker of one device or endpoint, as the API tells it. */
export const Breaker = Type.Object(
  {
    id: Type.String({ description: '`device:<capability id>` or `endpoint:<name>`.' }),
    kind: Type.Enum([...breakerKinds]),
    name: Type.String(),
    state: Type.Enum([...breakerStates]),
    faults: Type.Integer({ minimum: 0, description: 'In a row, up to now.' }),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'The last fault, in words.' }),
    changedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    retryAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When one attempt may try again; null unless it is open.',
    }),
  },
  { $id: 'Breaker' },
);
export type Breaker = Static<typeof Breaker>;
