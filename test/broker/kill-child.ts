import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { brokerStoreModule, startBroker } from '../../appliance/broker/index.ts';
import { openStore } from '../../appliance/store/index.ts';
import { mqttConfig, passwordOf, SITE } from './config.ts';

/** Store and broker in a process of their own, to be killed: `node kill-child.ts <dir> [crash point]`. */
const [, , dir = '', crashPoint] = process.argv;
const store = await openStore({
  dir,
  modules: [brokerStoreModule],
  log: silentLog,
  ...(crashPoint === undefined ? {} : { crashPoint }),
});
const broker = await startBroker({
  config: mqttConfig(),
  site: SITE,
  store,
  authenticate: async (user, password) => password === passwordOf(user),
  log: silentLog,
  clock: systemClock,
});
process.stdout.write(`${JSON.stringify({ port: broker.addresses.mqtt?.port })}\n`);
