import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { brokerStoreModule, startBroker } from '../../appliance/broker/index.ts';
import { openStore } from '../../appliance/store/index.ts';

/** Store and broker in a process of their own, as the benchmark's counterpart to mosquitto. */
const [, , dir = ''] = process.argv;
const grants = { queueBytesMax: 268_435_456, queuePolicy: 'drop-oldest' } as const;
const store = await openStore({ dir, modules: [brokerStoreModule], log: silentLog });
const broker = await startBroker({
  config: {
    host: '127.0.0.1',
    port: 0,
    packetBytesMax: 1_048_576,
    clients: ['publisher', 'subscriber'].map((id) => ({ id, ...grants, publish: ['#'], subscribe: ['#'] })),
  },
  site: 'bench',
  store,
  authenticate: async () => true,
  log: silentLog,
  clock: systemClock,
});
process.stdout.write(`${broker.addresses.mqtt?.port}\n`);
