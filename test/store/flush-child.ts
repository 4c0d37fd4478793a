import { writeSync } from 'node:fs';
import { isApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import { openStore } from '../../appliance/store/index.ts';
import { jobs } from './jobs.ts';
import { testEvent } from './test-event.ts';

/**
 * A process whose disk begins to fail at a flush: commits until it is refused, and tells what it met. It ends
 * by its own exit, as the appliance does when the store tells it that the file cannot be trusted.
 */
const [dir = ''] = process.argv.slice(2);
const fatal = Promise.withResolvers<string>();
const store = await openStore({
  dir,
  modules: [jobs],
  log: silentLog,
  disk: { reserveBytes: 0 },
  onFatal: (error) => fatal.resolve(error.code),
});
const codeOf = (error: unknown): string => (isApplianceError(error) ? error.code : String(error));
const commit = (id: string) => store.commit([{ op: 'append', event: testEvent(id) }]);

let acknowledged = 0;
let refused = 'never';
while (refused === 'never' && acknowledged < 10_000) {
  await commit(String(acknowledged)).then(
    () => {
      acknowledged += 1;
    },
    (error: unknown) => {
      refused = codeOf(error);
    },
  );
}
const afterwards = await commit('afterwards').catch(codeOf);
writeSync(1, `${JSON.stringify({ acknowledged, refused, afterwards, fatal: await fatal.promise })}\n`);
process.exit(0);
