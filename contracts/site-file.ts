import { type Static, Type } from 'typebox';
import { BreakerPolicy } from './breakers.ts';
import { Id, Port, Secret } from './config-parts.ts';
import { DockConfig, DockRules } from './docks.ts';
import { classifications, lanes } from './events/envelope.ts';
import { LimitConfig } from './limits.ts';
import { ModelConfig } from './models.ts';
import { ChannelConfig } from './notify.ts';
import { PersonConfig } from './people.ts';
import { ScheduleConfig } from './schedules.ts';
import { DeviceConfig } from './site-devices.ts';
import { HeartbeatConfig, InterlockConfig, SafeStateConfig } from './site-safety.ts';

const closed = { additionalProperties: false } as const;

export const PlaceConfig = Type.Object(
  {
    id: Id('Name of the place.'),
    kind: Type.Enum(
      ['rack', 'reserve', 'receiving', 'induct', 'packing', 'park', 'charge', 'dock', 'reject'],
      { description: 'Orders are picked from racks; reserves fill them up; goods come in at receiving.' },
    ),
    x: Type.Number({ description: 'm, in the frame of the map.' }),
    y: Type.Number({ description: 'm, in the frame of the map.' }),
    zone: Type.Optional(
      Id(
        'Part of the building. A rollout can take the orders for the packing places of a zone; without it: its id.',
      ),
    ),
    capacity: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Pieces that fit; without it there is always room.' }),
    ),
    holds: Type.Optional(
      Type.Object(
        {
          sku: Type.String({ minLength: 1, maxLength: 64, description: 'Article that belongs here.' }),
          minimum: Type.Integer({ minimum: 0, description: 'Below it the place is replenished.' }),
          target: Type.Integer({ minimum: 1, description: 'Up to so many pieces.' }),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type PlaceConfig = Static<typeof PlaceConfig>;

export const roles = ['viewer', 'operator', 'technician', 'admin'] as const;
export type Role = (typeof roles)[number];

// [MQTT-4.7.1-2] `#` only as the last level; [MQTT-4.7.1-3] `+` only as a whole level.
const TopicFilter = Type.String({
  minLength: 1,
  pattern: '^(#|([^#+/]*|\\+)(/([^#+/]*|\\+))*(/#)?)$',
  description: 'A topic filter: + stands alone in a level, # alone at the end.',
});

export const MqttClientConfig = Type.Object(
  {
    id: Type.String({
      pattern: '^[A-Za-z0-9_-]{1,64}$',
      description: 'User name; credentials come from "holdfast client add".',
    }),
    publish: Type.Array(TopicFilter, { default: [], description: 'Topic filters it may publish to.' }),
    subscribe: Type.Array(TopicFilter, { default: [], description: 'Topic filters it may subscribe to.' }),
    queueBytesMax: Type.Integer({
      minimum: 1_024,
      default: 16_777_216,
      description: 'Room for it while it is away.',
    }),
    queuePolicy: Type.Enum(['drop-oldest', 'refuse-newest'], { default: 'drop-oldest' }),
  },
  closed,
);

/** How a row of a foreign table becomes a work order. One row is one order. */
export const TableMapping = Type.Object(
  {
    table: Type.String({ minLength: 1, description: 'schema.table, as the change event names its source.' }),
    orderId: Type.String({ description: 'Column of the order id.' }),
    lines: Type.Optional(
      Type.String({
        description: 'Column that holds the lines as a JSON array; without it the row is the one line.',
      }),
    ),
    sku: Type.String({ description: 'Column, or key of a line when "lines" is given.' }),
    quantity: Type.String({ description: 'Column, or key of a line when "lines" is given.' }),
    description: Type.Optional(
      Type.String({ description: 'Column, or key of a line when "lines" is given.' }),
    ),
    customer: Type.Optional(Type.String({ description: 'Column.' })),
    destination: Type.Optional(Type.String({ description: 'Column; without it, defaultDestination.' })),
    priority: Type.Optional(Type.String({ description: 'Column.' })),
  },
  closed,
);
export type TableMapping = Static<typeof TableMapping>;

export const UplinkConfig = Type.Object(
  {
    id: Id('Name of the destination.'),
    url: Type.String({ pattern: '^https?://', description: 'Receiver, without the path.' }),
    token: Secret,
    caFile: Type.Optional(Type.String({ description: 'PEM of the region that signs the receiver.' })),
    lanes: Type.Array(Type.Enum([...lanes]), { default: [...lanes] }),
    classificationMax: Type.Enum([...classifications], {
      default: 'internal',
      description: 'Events above it stay on the site.',
    }),
    batchCountMax: Type.Integer({ minimum: 1, maximum: 50_000, default: 2_000 }),
    batchBytesMax: Type.Integer({ minimum: 1_024, maximum: 67_108_864, default: 4_194_304 }),
    retry: Type.Object(
      {
        firstMs: Type.Integer({ minimum: 10, default: 500 }),
        maxMs: Type.Integer({ minimum: 100, default: 30_000 }),
      },
      { ...closed, default: {} },
    ),
    backlogBytesMax: Type.Integer({
      minimum: 1_048_576,
      default: 8_589_934_592,
      description: 'Past it telemetry is given up, oldest first; nothing else ever is.',
    }),
  },
  closed,
);
export type UplinkConfig = Static<typeof UplinkConfig>;

/** The one file of a site. Defaults are filled in when it is read. */
export const SiteFile = Type.Object(
  {
    site: Type.Object(
      {
        id: Id('Name of the site, part of every topic and event.'),
        name: Type.String({ maxLength: 80 }),
        timeZone: Type.String({ default: 'UTC', description: 'IANA name.' }),
        map: Type.Optional(
          Type.String({ description: 'Floor in octile .map format, relative to this file.' }),
        ),
        metresPerCell: Type.Number({ default: 1, exclusiveMinimum: 0 }),
      },
      closed,
    ),
    http: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1', description: 'Anything but loopback needs tls.' }),
        port: Type.Integer({
          minimum: 0,
          maximum: 65_535,
          default: 8080,
          description: 'Port of UI and API. 0 picks a free one.',
        }),
        tls: Type.Optional(Type.Boolean({ description: 'Serve with the certificate of the site.' })),
        bodyBytesMax: Type.Integer({ minimum: 1_024, default: 1_048_576 }),
      },
      { ...closed, default: {} },
    ),
    mqtt: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1' }),
        port: Type.Optional(Port('Plain MQTT; no listener without it. Usually 1883.')),
        tlsPort: Type.Optional(Port('MQTT over TLS; no listener without it. Usually 8883.')),
        packetBytesMax: Type.Integer({ minimum: 1_024, maximum: 268_435_455, default: 1_048_576 }),
        clients: Type.Array(MqttClientConfig, { default: [] }),
      },
      { ...closed, default: {} },
    ),
    places: Type.Array(PlaceConfig, { default: [] }),
    devices: Type.Array(DeviceConfig, { default: [] }),
    safety: Type.Object(
      {
        interlocks: Type.Array(InterlockConfig, { default: [] }),
        safeStates: Type.Array(SafeStateConfig, { default: [] }),
        heartbeats: Type.Array(HeartbeatConfig, { default: [] }),
        mainSilenceMsMax: Type.Integer({
          minimum: 200,
          default: 2_000,
          description: 'Main thread silent for so long: safe states.',
        }),
      },
      { ...closed, default: {} },
    ),
    inventory: Type.Array(
      Type.Object(
        {
          sku: Type.String({ minLength: 1, maxLength: 64 }),
          place: Id('Where it lies.'),
          quantity: Type.Integer({ minimum: 0, description: 'Stock at the first start.' }),
        },
        closed,
      ),
      { default: [] },
    ),
    docks: Type.Array(DockConfig, { default: [], description: 'Where vehicles are loaded, by booking.' }),
    inventoryFile: Type.Optional(
      Type.String({ description: 'CSV with sku,place,quantity, relative to this file.' }),
    ),
    sagas: Type.Object(
      {
        runningMax: Type.Integer({
          minimum: 1,
          default: 10_000,
          description: 'Orders under way at once; more wait by priority, then age.',
        }),
        waitingMax: Type.Integer({
          minimum: 1,
          maximum: 1_000_000,
          default: 50_000,
          description:
            'Accepted orders that wait to begin. Past it the intake answers 429 and takes no more until some have begun. Applies at restart.',
        }),
        signalDaysMax: Type.Integer({
          minimum: 1,
          maximum: 3_650,
          default: 30,
          description: 'A signal that no saga has come for is given up after so many days.',
        }),
        keepDays: Type.Integer({
          minimum: 1,
          maximum: 3_650,
          default: 90,
          description:
            'Sagas and orders that ended longer ago are deleted, with their tasks and dead letters. Applies at restart.',
        }),
        breaker: BreakerPolicy,
        limits: Type.Array(LimitConfig, {
          default: [],
          description: 'What steps share, beyond their own limits.',
        }),
        schedules: Type.Array(ScheduleConfig, { default: [], description: 'Sagas that begin by the clock.' }),
        pickOrder: Type.Object(
          {
            conveyor: Type.Optional(Id('Conveyor that takes totes to packing.')),
            induct: Type.Optional(Id('Place where robots hand totes over.')),
            robots: Type.Array(Type.String(), { default: ['*'], description: 'Robots it may choose from.' }),
            batteryMin: Type.Number({ minimum: 0, maximum: 1, default: 0.2 }),
          },
          { ...closed, default: {} },
        ),
        carrying: Type.Object(
          {
            robots: Type.Array(Type.String(), {
              default: ['*'],
              description: 'Robots that put away, replenish and load docks.',
            }),
            batteryMin: Type.Number({ minimum: 0, maximum: 1, default: 0.2 }),
          },
          { ...closed, default: {} },
        ),
        cycleCount: Type.Object(
          {
            tolerancePieces: Type.Integer({
              minimum: 0,
              default: 0,
              description: 'A difference of an article up to this is booked without asking.',
            }),
            scanner: Type.Optional(Id('Scanner whose last code is shown to the one who counts.')),
          },
          { ...closed, default: {} },
        ),
        robotRecovery: Type.Object(
          {
            lostMs: Type.Integer({
              minimum: 1_000,
              default: 120_000,
              description: 'Out of radio or in fault for so long.',
            }),
            stuckMs: Type.Integer({
              minimum: 10_000,
              default: 300_000,
              description: 'On its way without moving for so long.',
            }),
            flatBelow: Type.Number({
              minimum: 0,
              maximum: 1,
              default: 0.05,
              description: 'A battery below this, away from a charger, is flat.',
            }),
          },
          { ...closed, default: {} },
        ),
        docks: DockRules,
      },
      { ...closed, default: {} },
    ),
    models: Type.Array(ModelConfig, { default: [], description: 'What the model steps of sagas ask.' }),
    intake: Type.Object(
      {
        defaultDestination: Type.String({ default: 'packing-1' }),
        unknownSku: Type.Enum(['refuse', 'accept'], {
          default: 'refuse',
          description: 'What happens to an order with an article that no place holds.',
        }),
        serviceSkus: Type.Array(Type.String(), {
          default: [],
          description: 'Articles that are no goods, such as postage. Their lines are left out and noted.',
        }),
        debezium: Type.Array(TableMapping, { default: [] }),
      },
      { ...closed, default: {} },
    ),
    people: Type.Array(PersonConfig, { default: [], description: 'What tasks need to know of the users.' }),
    tasks: Type.Object(
      {
        respondMs: Type.Integer({
          minimum: 1_000,
          default: 600_000,
          description: 'A person to whom a task is offered by name has so long; then it goes to the next.',
        }),
        silentMs: Type.Integer({
          minimum: 1_000,
          default: 1_800_000,
          description: 'A task that was claimed and not started for so long is offered again.',
        }),
        notify: Type.Array(Type.String(), {
          default: [],
          description: 'Channels for tasks that name none.',
        }),
      },
      { ...closed, default: {} },
    ),
    notify: Type.Array(ChannelConfig, { default: [], description: 'Ways to reach people.' }),
    uplinks: Type.Array(UplinkConfig, { default: [] }),
    telemetry: Type.Object(
      {
        otlpUrl: Type.Optional(
          Type.String({ description: 'OTLP/HTTP collector, such as http://127.0.0.1:4318.' }),
        ),
      },
      { ...closed, default: {} },
    ),
    demo: Type.Optional(
      Type.Object(
        {
          simUrl: Type.String({ description: 'Control port of the simulated site.' }),
          regionUrl: Type.String({ description: 'Control port of the stand-in region.' }),
        },
        closed,
      ),
    ),
  },
  { ...closed, $id: 'SiteFile' },
);
export type SiteFile = Static<typeof SiteFile>;
