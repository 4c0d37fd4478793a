import { type Static, Type } from 'typebox';
import { lanes } from './events/envelope.ts';
import { WorkOrder } from './events/order.ts';
import { OrderRisk } from './models.ts';
import { Notice } from './notify.ts';
import { JsonSchema } from './sagas.ts';
import { PlaceConfig, roles } from './site-file.ts';
import { TagSample, TagValue } from './tags.ts';

/** What the HTTP API and the UI say to each other. Everything is under `/api/v1`. */
export const API_PREFIX = '/api/v1';
/** Header that makes a POST repeatable. */
export const IDEMPOTENCY_HEADER = 'idempotency-key';

const iso = (description: string) => Type.String({ format: 'date-time', description });
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** Every refusal and fault looks like this (RFC 9457 members plus ours). */
export const Problem = Type.Object(
  {
    status: Type.Integer(),
    code: Type.String({ description: 'See docs/errors.md.' }),
    title: Type.String(),
    hint: Type.String(),
    field: Type.Optional(Type.String({ description: 'JSON pointer of what is wrong.' })),
    correlationId: Type.Optional(Type.String()),
  },
  { $id: 'Problem' },
);
export type Problem = Static<typeof Problem>;

export const Session = Type.Object({
  user: Type.String(),
  role: Type.Enum([...roles]),
  site: Type.Object({ id: Type.String(), name: Type.String(), timeZone: Type.String() }),
  version: Type.String(),
  demo: Type.Boolean(),
  mustSetPassword: Type.Boolean(),
});
export type Session = Static<typeof Session>;

export const orderStates = [
  'accepted',
  'running',
  'waiting-for-person',
  'completed',
  'failed',
  'cancelled',
] as const;
export type OrderState = (typeof orderStates)[number];

export const OrderSummary = Type.Object({
  orderId: Type.String(),
  state: Type.Enum([...orderStates]),
  priority: Type.Integer(),
  risk: nullable(OrderRisk),
  lineCount: Type.Integer(),
  pieceCount: Type.Integer(),
  destination: Type.String(),
  customer: nullable(Type.String()),
  step: nullable(Type.String({ description: 'Step it is at, in words of the definition.' })),
  robot: nullable(Type.String()),
  acceptedAt: iso('When it was durable.'),
  changedAt: iso('Last change.'),
  sagaId: nullable(Type.String()),
  taskId: nullable(Type.String({ description: 'Open task that holds it up.' })),
});
export type OrderSummary = Static<typeof OrderSummary>;

/** One entry of an order's timeline, oldest first. */
export const TimelineEntry = Type.Object({
  at: iso('When.'),
  kind: Type.Enum(['order', 'step', 'compensation', 'command', 'task', 'retry', 'safety', 'saga']),
  title: Type.String(),
  outcome: Type.Enum(['running', 'ok', 'failed', 'refused', 'unknown', 'waiting', 'skipped', 'info']),
  step: nullable(Type.String()),
  attempt: nullable(Type.Integer()),
  detail: nullable(Type.String({ description: 'Why, in words.' })),
  durationMs: nullable(Type.Number()),
});
export type TimelineEntry = Static<typeof TimelineEntry>;

export const OrderDetail = Type.Object({
  ...OrderSummary.properties,
  order: WorkOrder,
  timeline: Type.Array(TimelineEntry),
  traceId: nullable(Type.String()),
});
export type OrderDetail = Static<typeof OrderDetail>;

export const taskStates = [
  'created',
  'offered',
  'claimed',
  'started',
  'completed',
  'declined',
  'expired',
  'cancelled',
] as const;
export const TaskDecision = Type.Object({
  id: Type.String(),
  label: Type.String(),
  tone: Type.Enum(['primary', 'neutral', 'danger']),
  needsNote: Type.Boolean(),
});
export const Task = Type.Object({
  taskId: Type.String(),
  sagaId: Type.String(),
  orderId: nullable(Type.String()),
  kind: Type.String({ description: 'wrong-sku, short-pick, unknown-outcome, compensation-blocked, …' }),
  title: Type.String(),
  text: Type.String({ description: 'What happened and what is asked.' }),
  state: Type.Enum([...taskStates]),
  decisions: Type.Array(TaskDecision),
  context: Type.Array(Type.Object({ label: Type.String(), value: Type.String() })),
  role: nullable(Type.String({ description: 'Who may take it; null: anybody who works here.' })),
  assignee: nullable(Type.String({ description: 'To whom it is offered by name.' })),
  respondBy: nullable(iso('When it goes on to others without an answer.')),
  level: Type.Integer({ description: 'Levels of escalation that have been passed.' }),
  form: nullable(JsonSchema),
  suggestion: nullable(
    Type.Object(
      { decision: Type.String(), score: Type.Number(), by: Type.String() },
      { description: 'Of a model.' },
    ),
  ),
  image: nullable(Type.String({ description: 'Where a picture of it is.' })),
  claimedBy: nullable(Type.String()),
  createdAt: iso('When it was made.'),
  dueAt: nullable(iso('When it escalates.')),
  decidedBy: nullable(Type.String()),
  decision: nullable(Type.String()),
});
export type Task = Static<typeof Task>;

export const DeviceSummary = Type.Object({
  id: Type.String(),
  name: Type.String(),
  driver: Type.String(),
  thread: Type.Enum(['safety', 'field']),
  link: Type.Enum(['up', 'down', 'connecting']),
  linkReason: nullable(Type.String()),
  linkSince: iso('Since when the link is as it is.'),
  heardAt: nullable(iso('Last acknowledged data.')),
  capabilities: Type.Array(Type.Object({ id: Type.String(), kind: Type.String() })),
  tags: Type.Array(TagSample),
});
export type DeviceSummary = Static<typeof DeviceSummary>;

export const Robot = Type.Object({
  robotId: Type.String(),
  x: Type.Number(),
  y: Type.Number(),
  heading: Type.Number(),
  battery: Type.Number(),
  activity: Type.Enum(['idle', 'driving', 'picking', 'paused', 'charging', 'fault', 'lost']),
  moving: Type.Boolean(),
  toteId: nullable(Type.String()),
  orderId: nullable(Type.String()),
  place: nullable(Type.String()),
});
export type Robot = Static<typeof Robot>;

export const Floor = Type.Object({
  width: Type.Integer({ description: 'cells' }),
  height: Type.Integer({ description: 'cells' }),
  metresPerCell: Type.Number(),
  rows: Type.Array(Type.String({ description: '@ wall, T rack, . free; row 0 is y = 0.' })),
  places: Type.Array(PlaceConfig),
});
export type Floor = Static<typeof Floor>;

export const Interlock = Type.Object({
  id: Type.String(),
  text: Type.String(),
  met: Type.Boolean(),
  needsReset: Type.Boolean(),
  reason: nullable(Type.String()),
  protects: Type.Array(Type.String()),
});
export type Interlock = Static<typeof Interlock>;

export const Alarm = Type.Object({
  alarmId: Type.String(),
  severity: Type.Enum(['critical', 'high', 'medium', 'low']),
  source: Type.String(),
  text: Type.String(),
  hint: Type.String(),
  raisedAt: iso('When.'),
  acknowledgedBy: nullable(Type.String()),
});
export type Alarm = Static<typeof Alarm>;

export const LaneBacklog = Type.Object({
  lane: Type.Enum([...lanes]),
  count: Type.Integer({ description: 'Records not yet acknowledged.' }),
  oldestAt: nullable(iso('Time of the oldest one.')),
  acknowledgedSequence: Type.Integer(),
});
export const UplinkStatus = Type.Object({
  id: Type.String(),
  url: Type.String(),
  state: Type.Enum(['up', 'down', 'idle']),
  reason: nullable(Type.String()),
  since: iso('Since when.'),
  lanes: Type.Array(LaneBacklog),
  backlogCount: Type.Integer(),
  backlogBytes: Type.Integer(),
  ratePerSecond: Type.Number({ description: 'Records acknowledged per second, over the last seconds.' }),
  drainSeconds: nullable(
    Type.Number({ description: 'Estimate until the backlog is gone; null while down or unknown.' }),
  ),
  droppedCount: Type.Integer(),
});
export type UplinkStatus = Static<typeof UplinkStatus>;

export const Refusal = Type.Object({
  at: iso('When.'),
  intake: Type.String(),
  key: Type.String(),
  code: Type.String(),
  reason: Type.String(),
  hint: Type.String(),
});
export type Refusal = Static<typeof Refusal>;

/** What the demo panel can break, and whether it is broken now. */
export const demoFaults = [
  'uplink-cut',
  'uplink-slow',
  'e-stop',
  'jam',
  'wrong-sku',
  'robot-lost',
  'battery-flat',
  'plc-link-cut',
  'plc-link-slow',
] as const;
export type DemoFaultId = (typeof demoFaults)[number];
export const DemoFault = Type.Object({
  id: Type.Enum([...demoFaults]),
  active: Type.Boolean(),
  target: nullable(Type.String()),
});
export type DemoFault = Static<typeof DemoFault>;

/** Totals for the top of the screen. */
export const SiteSummary = Type.Object({
  ordersRunning: Type.Integer(),
  ordersCompletedToday: Type.Integer(),
  ordersFailedToday: Type.Integer(),
  tasksOpen: Type.Integer(),
  alarmsActive: Type.Integer(),
  stopped: Type.Boolean({ description: 'An interlock holds motion.' }),
});
export type SiteSummary = Static<typeof SiteSummary>;

/**
 * The live feed, `GET /api/v1/live` as WebSocket. First a snapshot, then deltas numbered without gaps; on a
 * gap the browser reconnects. When nothing changes, an empty delta follows at least every
 * `LIVE_HEARTBEAT_MS`: a browser that hears nothing for three of them says that it is offline. Binary
 * frames carry poses: uint8 version 1, uint8 count, then per robot uint8 index into `robots` of the last
 * snapshot, uint8 flags (bit 0 moving), float32 x, y, heading, battery, little-endian.
 */
export const LiveState = Type.Object({
  summary: SiteSummary,
  orders: Type.Array(OrderSummary, { description: 'Newest 200 by change.' }),
  tasks: Type.Array(Task, { description: 'Open ones.' }),
  robots: Type.Array(Robot),
  devices: Type.Array(DeviceSummary),
  interlocks: Type.Array(Interlock),
  alarms: Type.Array(Alarm),
  uplinks: Type.Array(UplinkStatus),
  faults: Type.Array(DemoFault),
  notices: Type.Array(Notice, { description: 'Newest of the channels of kind ui, oldest first.' }),
});
export type LiveState = Static<typeof LiveState>;
/** Longest time without a frame of the live feed, in ms. */
export const LIVE_HEARTBEAT_MS = 2_000;
export type LiveCollection = Exclude<keyof LiveState, 'summary'>;

/** A change of one collection: rows put (by their id) and ids removed. */
export type LiveChange =
  | { [K in LiveCollection]: { collection: K; put: LiveState[K]; remove: string[] } }[LiveCollection]
  | { collection: 'summary'; value: SiteSummary };
export type LiveMessage =
  | { kind: 'snapshot'; sequence: number; state: LiveState }
  | { kind: 'delta'; sequence: number; changes: LiveChange[] };

export const TagWrite = Type.Object({ value: TagValue, reason: Type.String({ minLength: 1 }) });
