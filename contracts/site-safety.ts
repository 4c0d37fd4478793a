import { type Static, Type } from 'typebox';
import { Id } from './config-parts.ts';

const closed = { additionalProperties: false } as const;

/** A condition that what it protects needs, before and while it acts. */
export const InterlockConfig = Type.Object(
  {
    id: Id('Name of the interlock.'),
    text: Type.String({
      minLength: 1,
      description: 'The reason an operator reads, such as "e-stop 1 is pressed".',
    }),
    tag: Type.String({
      pattern: '^[a-z0-9-]+/[a-z0-9-]+$',
      description: '<device>/<tag>. Bad quality counts as not met.',
    }),
    is: Type.Union([Type.Boolean(), Type.Number(), Type.String()], {
      description: 'Value at which it is met.',
    }),
    staleMsMax: Type.Integer({
      minimum: 50,
      default: 2_000,
      description: 'A sample older than this, by the age of the link it came over, counts as not met.',
    }),
    protects: Type.Array(Type.String(), {
      minItems: 1,
      description: 'Capability ids; * matches within an id, such as amr-*.',
    }),
    reset: Type.Enum(['automatic', 'manual'], {
      default: 'manual',
      description: 'manual: a person resets it after the condition holds again.',
    }),
  },
  closed,
);
export type InterlockConfig = Static<typeof InterlockConfig>;

/** The output we hold when we no longer know enough. */
export const SafeStateConfig = Type.Object(
  {
    target: Type.String({ description: 'Capability id; * matches within an id.' }),
    action: Type.Enum(['stop', 'pause'], { description: 'stop for conveyors, pause for robots.' }),
    restart: Type.Optional(
      Type.Enum(['on-reset', 'on-start', 'never'], {
        description:
          'on-reset (the default): what ran before runs again when a person resets. on-start: it is also set running when the appliance starts and every interlock is met, as a line that runs all day. never: it waits for its next command.',
      }),
    ),
  },
  closed,
);
export type SafeStateConfig = Static<typeof SafeStateConfig>;

export const HeartbeatConfig = Type.Object(
  {
    tag: Type.String({ pattern: '^[a-z0-9-]+/[a-z0-9-]+$', description: 'Counter the PLC watches.' }),
    intervalMs: Type.Integer({ minimum: 10, maximum: 10_000, default: 250 }),
  },
  closed,
);
