import { type Static, Type } from 'typebox';

/** Versions of definitions: which one new sagas get, who tries a new one, and what it would have done. */
const closed = { additionalProperties: false } as const;
const iso = (description: string) => Type.String({ format: 'date-time', description });
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 48 });
const HashPrefix = Type.String({
  pattern: '^[0-9a-f]{6,64}$',
  description: 'The hash, or how it begins as long as no other version begins so.',
});
const Reason = Type.String({ minLength: 1, maxLength: 500, description: 'Why, for the record.' });

export const DefinitionVersion = Type.Object({
  name: Type.String(),
  hash: Type.String(),
  version: Type.Integer({ description: 'For people; the hash is what counts.' }),
  title: Type.String(),
  savedAt: iso('When it was first here.'),
  running: Type.Integer({ description: 'Sagas that are on it and have not ended.' }),
  current: Type.Boolean({ description: 'New sagas get it.' }),
  shipped: Type.Boolean({ description: 'It is the one of this release, or of the site.' }),
  pinned: Type.Boolean({
    description: 'It is current because a person said so; the release may have another.',
  }),
  missing: nullable(Type.String({ description: 'What it needs and this release lacks.' })),
});
export type DefinitionVersion = Static<typeof DefinitionVersion>;

export const VersionChoice = Type.Object(
  {
    hash: Type.Optional(
      Type.String({
        ...HashPrefix,
        description:
          'It stays, also when a later release brings another. Without it: that of this release or of the site, and of later ones.',
      }),
    ),
    reason: Reason,
  },
  closed,
);
export type VersionChoice = Static<typeof VersionChoice>;

const share = Type.Number({ exclusiveMinimum: 0, maximum: 1 });
/** What takes a rollout back by itself. A limit is by how much the new version may be worse than the old. */
export const Guard = Type.Object(
  {
    samplesMin: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 20,
      description: 'Ended sagas of the new version before rates are judged.',
    }),
    windowMs: Type.Integer({
      minimum: 60_000,
      maximum: 7 * 86_400_000,
      default: 86_400_000,
      description: 'Only sagas that ended so recently count.',
    }),
    failureMore: Type.Union([share, Type.Null()], {
      default: 0.05,
      description: 'Share that ended with everything undone, or had to wait for a person. null: not judged.',
    }),
    compensationMore: Type.Union([share, Type.Null()], {
      default: 0.1,
      description: 'Share that had to make amends for something. null: not judged.',
    }),
    durationFactor: Type.Union([Type.Number({ minimum: 1, maximum: 100 }), Type.Null()], {
      default: 2,
      description: '95th percentile of the duration, as a multiple of the old version. null: not judged.',
    }),
  },
  closed,
);
export type Guard = Static<typeof Guard>;

export const RolloutTake = Type.Union([
  Type.Object({ percent: Type.Number({ exclusiveMinimum: 0, maximum: 100 }) }, closed),
  Type.Object(
    { values: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 64 }) },
    { ...closed, description: 'Those whose key is one of these, such as a zone or a dock.' },
  ),
]);
export type RolloutTake = Static<typeof RolloutTake>;

export const RolloutRequest = Type.Object(
  {
    name: Name,
    hash: HashPrefix,
    key: Type.Optional(
      Type.String({
        pattern: '^(saga\\.(id|correlation)|input(\\.[A-Za-z0-9_-]+)+)$',
        default: 'saga.correlation',
        description:
          'What decides the side, such as `input.zone`. The same value is always on the same side.',
      }),
    ),
    take: RolloutTake,
    guard: Type.Optional(Guard),
    reason: Reason,
  },
  closed,
);
export type RolloutRequest = Static<typeof RolloutRequest>;

export const rolloutStates = ['running', 'promoted', 'aborted', 'rolled-back'] as const;
export const GuardFigures = Type.Object({
  samples: Type.Integer({ description: 'Ended sagas that count.' }),
  failureRate: Type.Number(),
  compensationRate: Type.Number(),
  durationMsP95: nullable(Type.Number()),
});
export type GuardFigures = Static<typeof GuardFigures>;

export const Rollout = Type.Object({
  rolloutId: Type.String(),
  name: Type.String(),
  from: Type.String({ description: 'Hash of the version that the others get.' }),
  to: Type.String({ description: 'Hash of the version that is tried.' }),
  key: Type.String(),
  take: RolloutTake,
  guard: Guard,
  state: Type.Enum([...rolloutStates]),
  startedAt: iso('When it began.'),
  startedBy: Type.String(),
  reason: Type.String(),
  endedAt: nullable(iso('When it ended.')),
  endedBy: nullable(Type.String({ description: '`guard` when it was taken back by itself.' })),
  endReason: nullable(Type.String()),
  old: nullable(GuardFigures),
  new: nullable(GuardFigures),
});
export type Rollout = Static<typeof Rollout>;

export const RolloutEnd = Type.Object({ reason: Reason }, closed);

export const ShadowRequest = Type.Object({ name: Name, hash: HashPrefix, reason: Reason }, closed);
export type ShadowRequest = Static<typeof ShadowRequest>;

export const Shadow = Type.Object({
  shadowId: Type.String(),
  name: Type.String(),
  hash: Type.String({ description: 'Version that is run beside the real one.' }),
  state: Type.Enum(['running', 'stopped']),
  startedAt: iso('When it began.'),
  startedBy: Type.String(),
  reason: Type.String(),
  endedAt: nullable(iso('When it was stopped.')),
  same: Type.Integer({ description: 'Sagas in which it would have done the same.' }),
  different: Type.Integer(),
});
export type Shadow = Static<typeof Shadow>;

export const divergenceKinds = ['added', 'left-out', 'input', 'order', 'no-outcome', 'end'] as const;
export const Divergence = Type.Object({
  kind: Type.Enum([...divergenceKinds], {
    description:
      'added, left-out: an act that only one of them does. input: the same act with another input. ' +
      'no-outcome: nothing is recorded that would answer it, so it ends there. end: it ends otherwise.',
  }),
  node: Type.String({ description: 'In the shadow; for left-out, in the version that really ran.' }),
  words: Type.String(),
});
export type Divergence = Static<typeof Divergence>;

export const ShadowReport = Type.Object({
  sagaId: Type.String(),
  at: iso('When it was made.'),
  realHash: Type.String(),
  verdict: Type.Enum(['same', 'different']),
  first: nullable(Divergence),
  divergences: Type.Array(Divergence, { description: 'In order; a long list is cut.' }),
  realEnd: Type.String(),
  shadowEnd: nullable(Type.String({ description: 'null: it did not come to an end.' })),
});
export type ShadowReport = Static<typeof ShadowReport>;
