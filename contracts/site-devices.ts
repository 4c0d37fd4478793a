import { type Static, Type } from 'typebox';
import { capabilityKinds } from './capabilities.ts';
import { Id, Secret } from './config-parts.ts';
import { tagTypes } from './tags.ts';

const closed = { additionalProperties: false } as const;

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
