import type {
  CapabilityConfig,
  ModbusDevice,
  OpcuaDevice,
  RosbridgeDevice,
  TagConfig,
} from '#contracts/site-devices.ts';

interface Common {
  readonly id?: string;
  readonly port: number;
  readonly tags?: TagConfig[];
  readonly capabilities?: CapabilityConfig[];
  readonly silenceMsMax?: number;
}

const common = ({ id = 'unit', tags = [], capabilities = [], silenceMsMax = 3_000 }: Common) => ({
  id,
  tags,
  capabilities,
  silenceMsMax,
  reconnect: { firstMs: 20, maxMs: 200 },
});

/** Devices as the site file gives them after its defaults, quick enough for tests. */
export function modbusDevice(options: Common & Partial<ModbusDevice['connection']>): ModbusDevice {
  const { port, pollIntervalMs = 20, timeoutMs = 3_000, gapRegistersMax = 8, unitId = 1 } = options;
  return {
    ...common(options),
    driver: 'modbus',
    connection: { host: '127.0.0.1', port, pollIntervalMs, timeoutMs, gapRegistersMax, unitId },
  };
}

export function opcuaDevice(options: Common & Partial<OpcuaDevice['connection']>): OpcuaDevice {
  const { port, securityPolicy = 'None', securityMode = 'None', user, password } = options;
  return {
    ...common(options),
    driver: 'opcua',
    connection: {
      endpointUrl: options.endpointUrl ?? `opc.tcp://127.0.0.1:${port}`,
      securityPolicy,
      securityMode,
      publishingIntervalMs: options.publishingIntervalMs ?? 50,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
    },
  };
}

export function rosbridgeDevice(options: Common & Partial<RosbridgeDevice['connection']>): RosbridgeDevice {
  const { port, namespace = '/amr_1', heartbeatMs = 100 } = options;
  return {
    ...common(options),
    driver: 'rosbridge',
    connection: { url: options.url ?? `ws://127.0.0.1:${port}`, namespace, heartbeatMs },
  };
}
