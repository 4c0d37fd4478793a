import { type Static, type TSchema, Type } from 'typebox';
import { ID_CHARS_MAX, uuidv7 } from '../ids.ts';

/** Delivery class of an event. `safety` leaves first, `telemetry` is the first to be dropped when space ends. */
export const lanes = ['safety', 'audit', 'business', 'telemetry'] as const;
export type Lane = (typeof lanes)[number];

/** How far an event may travel; the residency policy of an uplink speaks in these words. */
export const classifications = ['public', 'internal', 'personal', 'restricted'] as const;
export type Classification = (typeof classifications)[number];

const literals = <const T extends readonly string[]>(values: T) =>
  Type.Enum(values as unknown as [T[number], ...T[number][]]);

/**
 * CloudEvents 1.0 in structured JSON, plus our extension attributes (lower case, no separators, as §3.1 of
 * the specification asks).
 */
export const Envelope = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String({ minLength: 1, maxLength: 64, description: 'UUIDv7, unique per source.' }),
    source: Type.String({ minLength: 1, description: 'URI reference: /sites/<site>/<component>.' }),
    type: Type.String({ pattern: '^holdfast\\.[a-z0-9.-]+\\.v[0-9]+$', description: 'Name with version.' }),
    subject: Type.String({ minLength: 1, maxLength: ID_CHARS_MAX, description: 'What the event is about.' }),
    time: Type.String({ format: 'date-time', description: 'When it happened, RFC 3339 in UTC.' }),
    datacontenttype: Type.Literal('application/json'),
    partitionkey: Type.String({ description: 'Events with equal keys stay in order everywhere.' }),
    correlationid: Type.String({ description: 'The order, saga or request this belongs to.' }),
    causationid: Type.Optional(Type.String({ description: 'Id of the event or command that led here.' })),
    traceparent: Type.Optional(Type.String({ description: 'W3C trace context.' })),
    tracestate: Type.Optional(Type.String({ description: 'W3C trace context.' })),
    lane: literals(lanes),
    classification: literals(classifications),
    data: Type.Unknown({ description: 'Shape given by the type.' }),
  },
  { additionalProperties: false, $id: 'Envelope' },
);
export type AnyEvent = Static<typeof Envelope>;
export type EventOf<D extends EventDefinition> = Omit<AnyEvent, 'data'> & { data: Static<D['data']> };

/** One row of the event catalogue. */
export interface EventDefinition<S extends TSchema = TSchema> {
  readonly type: `holdfast.${string}.v${number}`;
  readonly title: string;
  readonly lane: Lane;
  readonly classification: Classification;
  readonly data: S;
}

export const defineEvent = <S extends TSchema>(definition: EventDefinition<S>): EventDefinition<S> =>
  definition;

/** Where an event comes from and what it belongs to; the same context serves many events. */
export interface EventContext {
  readonly site: string;
  /** The component that speaks, such as `orchestrator` or `driver/line-plc`. */
  readonly component: string;
  readonly nowMs: number;
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** Builds an event of the catalogue. `partitionKey` is the subject unless told otherwise. */
export function createEvent<S extends TSchema>(
  definition: EventDefinition<S>,
  subject: string,
  data: Static<S>,
  context: EventContext,
  partitionKey: string = subject,
): AnyEvent {
  return {
    specversion: '1.0',
    id: uuidv7(context.nowMs),
    source: `/sites/${context.site}/${context.component}`,
    type: definition.type,
    subject,
    time: new Date(context.nowMs).toISOString(),
    datacontenttype: 'application/json',
    partitionkey: partitionKey,
    correlationid: context.correlationId,
    ...(context.causationId === undefined ? {} : { causationid: context.causationId }),
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    lane: definition.lane,
    classification: definition.classification,
    data,
  };
}

/** Narrows an event to the type its definition describes. The data was checked when it was accepted. */
export const isEvent = <D extends EventDefinition>(event: AnyEvent, definition: D): event is EventOf<D> =>
  event.type === definition.type;
