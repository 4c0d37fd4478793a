import { type Static, Type } from 'typebox';
import { BreakerPolicy } from './breakers.ts';
import { capabilityKinds } from './capabilities.ts';
import { Id, Port, Secret } from './config-parts.ts';
import { DockConfig, DockRules } from './docks.ts';
import { classifications, lanes } from './events/envelope.ts';
import { LimitConfig } from './limits.ts';
import { ModelConfig } from './models.ts';
import { ChannelConfig } from './notify.ts';
import { PersonConfig } from './people.ts';
import { ScheduleConfig } from './schedules.ts';
import { tagTypes } from './tags.ts';

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

export const TagConfig = Type.Object(
  {
    name: Id('Name of the tag within its device.'),
    address: Type.String({
      minLength: 1,
      description:
        'Where it lives. OPC UA: a NodeId. Modbus: coil:12, discrete:3, holding:20 or input:7, zero-based. ROS: a topic, a space, and the field path.',
    }),
    type: Type.Enum([...tagTypes]),
    access: Type.Enum(['read', 'read-write'], { default: 'read' }),
    unit: Type.Optional(Type.String({ maxLength: 16, description: 'UCUM, such as m/s or Cel.' })),
    scale: Type.Optional(Type.Number({ description: 'Tag value = raw × scale + offset.' })),
    offset: Type.Optional(Type.Number()),
    deadband: Type.Optional(Type.Number({ minimum: 0, description: 'Smallest change that is reported.' })),
    sampleMs: Type.Optional(
      Type.Integer({ minimum: 10, maximum: 3_600_000, description: 'Time between samples.' }),
    ),
    wordOrder: Type.Optional(Type.Enum(['high-first', 'low-first'], { description: 'Modbus 32-bit types.' })),
    event: Type.Optional(
      Type.Boolean({ description: 'Each change becomes an event of the telemetry lane.' }),
    ),
  },
  closed,
);
export type TagConfig = Static<typeof TagConfig>;

export const CapabilityConfig = Type.Object(
  {
    id: Id('What sagas and interlocks call it.'),
    kind: Type.Enum([...capabilityKinds]),
    bind: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Roles of the capability to tags of this device. A robot needs none.',
      }),
    ),
    options: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    ),
  },
  closed,
);
export type CapabilityConfig = Static<typeof CapabilityConfig>;

const deviceCommon = {
  id: Id('Name of the device.'),
  name: Type.Optional(Type.String({ maxLength: 80 })),
  tags: Type.Array(TagConfig, { default: [] }),
  capabilities: Type.Array(CapabilityConfig, { default: [] }),
  silenceMsMax: Type.Integer({
    minimum: 100,
    maximum: 3_600_000,
    default: 3_000,
    description: 'Without acknowledged data for so long the link counts as down.',
  }),
  reconnect: Type.Object(
    {
      firstMs: Type.Integer({ minimum: 10, default: 250 }),
      maxMs: Type.Integer({ minimum: 100, default: 15_000 }),
    },
    { ...closed, default: {} },
  ),
};

export const OpcuaDevice = Type.Object(
  {
    ...deviceCommon,
    driver: Type.Literal('opcua'),
    connection: Type.Object(
      {
        endpointUrl: Type.String({ pattern: '^opc\\.tcp://', description: 'Applies at restart.' }),
        securityPolicy: Type.Enum(
          ['None', 'Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'],
          {
            default: 'Basic256Sha256',
          },
        ),
        securityMode: Type.Enum(['None', 'Sign', 'SignAndEncrypt'], { default: 'SignAndEncrypt' }),
        user: Type.Optional(Type.String()),
        password: Type.Optional(Secret),
        publishingIntervalMs: Type.Integer({ minimum: 10, maximum: 60_000, default: 100 }),
      },
      closed,
    ),
  },
  closed,
);
export const ModbusDevice = Type.Object(
  {
    ...deviceCommon,
    driver: Type.Literal('modbus'),
    connection: Type.Object(
      {
        host: Type.String(),
        port: Type.Integer({ minimum: 1, maximum: 65_535, default: 502 }),
        unitId: Type.Integer({ minimum: 0, maximum: 247, default: 1 }),
        pollIntervalMs: Type.Integer({
          minimum: 5,
          maximum: 60_000,
          default: 250,
          description: 'Time between reads.',
        }),
        timeoutMs: Type.Integer({ minimum: 50, maximum: 60_000, default: 1_000 }),
        gapRegistersMax: Type.Integer({
          minimum: 0,
          maximum: 120,
          default: 8,
          description: 'Unwanted registers read to join two groups.',
        }),
      },
      closed,
    ),
  },
  closed,
);
export const RosbridgeDevice = Type.Object(
  {
    ...deviceCommon,
    driver: Type.Literal('rosbridge'),
    connection: Type.Object(
      {
        url: Type.String({ pattern: '^wss?://' }),
        namespace: Type.String({ default: '', description: 'Prefix of every topic, such as /amr_1.' }),
        heartbeatMs: Type.Integer({ minimum: 50, maximum: 10_000, default: 500 }),
      },
      closed,
    ),
  },
  closed,
);
export const DeviceConfig = Type.Union([OpcuaDevice, ModbusDevice, RosbridgeDevice]);
export type OpcuaDevice = Static<typeof OpcuaDevice>;
export type ModbusDevice = Static<typeof ModbusDevice>;
export type RosbridgeDevice = Static<typeof RosbridgeDevice>;
export type DeviceConfig = Static<typeof DeviceConfig>;
export type DriverName = DeviceConfig['driver'];

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
