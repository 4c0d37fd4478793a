import { type Static, Type } from 'typebox';
import { Id, Secret } from './config-parts.ts';

const closed = { additionalProperties: false } as const;
const channel = { name: Id('Name of the channel, as tasks and escalations call it.') };

export const UiChannel = Type.Object({ ...channel, kind: Type.Literal('ui') }, closed);

export const WebhookChannel = Type.Object(
  {
    ...channel,
    kind: Type.Literal('webhook'),
    url: Type.String({ pattern: '^https?://', description: 'Gets a POST with the notice as JSON.' }),
    secret: Type.Optional(Secret),
    caFile: Type.Optional(Type.String({ description: 'PEM that signs the server, relative to this file.' })),
    timeoutMs: Type.Integer({ minimum: 100, maximum: 60_000, default: 10_000 }),
  },
  closed,
);

export const SmtpChannel = Type.Object(
  {
    ...channel,
    kind: Type.Literal('smtp'),
    host: Type.String({ minLength: 1 }),
    port: Type.Integer({ minimum: 1, maximum: 65_535, default: 587 }),
    security: Type.Enum(['tls', 'starttls', 'none'], {
      default: 'starttls',
      description: 'starttls refuses a server that does not offer it; none is for a relay on this box.',
    }),
    caFile: Type.Optional(Type.String({ description: 'PEM that signs the server, relative to this file.' })),
    user: Type.Optional(Type.String()),
    password: Type.Optional(Secret),
    from: Type.String({ minLength: 3, maxLength: 254 }),
    to: Type.Array(Type.String({ minLength: 3, maxLength: 254 }), {
      default: [],
      description:
        'Who gets every notice. One for a single person goes to the address of that person instead.',
    }),
    timeoutMs: Type.Integer({ minimum: 100, maximum: 60_000, default: 20_000 }),
  },
  closed,
);

export const StackLightChannel = Type.Object(
  {
    ...channel,
    kind: Type.Literal('stack-light'),
    target: Type.String({ minLength: 1, maxLength: 64, description: 'Capability id of a StackLight.' }),
    colour: Type.Enum(['red', 'amber', 'green', 'blue'], { default: 'amber' }),
    mode: Type.Enum(['on', 'blink'], { default: 'blink' }),
    forMs: Type.Integer({
      minimum: 1_000,
      maximum: 3_600_000,
      default: 30_000,
      description:
        'How long it calls at most. It goes off as soon as somebody has the task, unless another notice keeps it on.',
    }),
  },
  closed,
);

/** A way to reach people. Applies at restart. */
export const ChannelConfig = Type.Union([UiChannel, WebhookChannel, SmtpChannel, StackLightChannel]);
export type UiChannel = Static<typeof UiChannel>;
export type WebhookChannel = Static<typeof WebhookChannel>;
export type SmtpChannel = Static<typeof SmtpChannel>;
export type StackLightChannel = Static<typeof StackLightChannel>;
export type ChannelConfig = Static<typeof ChannelConfig>;

/** What people are told. The same id may arrive twice: a delivery whose answer was lost is made again. */
export const Notice = Type.Object({
  noticeId: Type.String({ description: 'Unique; receivers drop repeats by it.' }),
  at: Type.String({ format: 'date-time' }),
  reason: Type.String({ description: 'offered, escalated, unanswered, overdue, called, test.' }),
  title: Type.String(),
  text: Type.String(),
  taskId: Type.Union([Type.String(), Type.Null()]),
  role: Type.Union([Type.String(), Type.Null()], { description: 'Whom it is for.' }),
  user: Type.Union([Type.String(), Type.Null()], { description: 'The one person it is for.' }),
});
export type Notice = Static<typeof Notice>;

export const ChannelStatus = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['ui', 'webhook', 'smtp', 'stack-light']),
  state: Type.Enum(['ok', 'failing'], { description: 'failing: its last deliveries were not taken.' }),
  reason: Type.Union([Type.String(), Type.Null()]),
  waitingCount: Type.Integer(),
});
export type ChannelStatus = Static<typeof ChannelStatus>;

/** What became of a message that was sent through a channel to try it out. */
export const ChannelTest = Type.Object({
  name: Type.String(),
  kind: ChannelStatus.properties.kind,
  said: Type.String({
    description: 'Who took it, in words; what the other side answered, where it answers.',
  }),
});
export type ChannelTest = Static<typeof ChannelTest>;
