import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '#contracts/log.ts';
import { openStore, type StoreHost } from '../../../appliance/store/index.ts';
import { orchestratorStoreModules } from '../../../local-orchestrator/index.ts';
import type { TestDisk, TestStore } from '../../../local-orchestrator/test-kit/index.ts';

/**
 * The store of a real site: three threads and a file that is flushed. It is cut off between messages only; that its
 * process is killed in the midst of a commit is for the tests that kill one.
 */
export interface ThreadedDisk extends TestDisk {
  /** Resolves when nothing of it is left. */
  gone(): Promise<void>;
}

export function openThreadedDisk(): ThreadedDisk {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-simulation-'));
  let last: { cut(): void; readonly ended: Promise<void> } | undefined;
  const close = () => last?.cut();
  return {
    start({ clock }) {
      close();
      const before = last?.ended ?? Promise.resolve();
      const opening = before.then(() =>
        openStore({
          dir,
          modules: orchestratorStoreModules,
          log: silentLog,
          clock,
          disk: { reserveBytes: 0 },
        }),
      );
      const { store, ended } = cuttable(opening);
      last = { cut: store.cut, ended };
      return store;
    },
    close,
    async gone() {
      close();
      await last?.ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Once it is cut off, whoever asked it hears nothing any more; what it was told before may or may not be on the disk. */
function cuttable(opening: Promise<StoreHost>): { readonly store: TestStore; readonly ended: Promise<void> } {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let isCut = false;
  let asked = 0;
  let answered = 0;
  let commits = 0;
  let idle = Promise.withResolvers<void>();

  const cutOff = over.then(() => Promise.reject(new Error('cut off')));
  cutOff.catch(() => {});
  const never = new Promise<never>(() => {});
  const heard = async () => {
    if (isCut) await never;
    answered += 1;
    if (asked === answered) idle.resolve();
  };
  const ask = async <T>(of: (host: StoreHost) => Promise<T>): Promise<T> => {
    if (isCut) return never;
    if (asked === answered) idle = Promise.withResolvers<void>();
    asked += 1;
    try {
      return await of(await opening);
    } finally {
      await heard();
    }
  };
  const until = <T extends () => unknown>(begin: (host: StoreHost) => T) => {
    const begun = opening.then((host) => (isCut ? undefined : begin(host)));
    return async () => void (await (await begun)?.());
  };

  const store: TestStore = {
    commit(ops, options) {
      commits += 1;
      return ask((host) => host.commit(ops, options));
    },
    query: (statement, params) => ask((host) => host.query(statement, params)),
    readLog: (after, options) => ask((host) => host.readLog(after, options)),
    readRaw: (after, options) => ask((host) => host.readRaw(after, options)),
    tally: (after, through) => ask((host) => host.tally(after, through)),
    head: () => ask((host) => host.head()),
    mark: (consumer) => ask((host) => host.mark(consumer)),
    watchHead: (notify) => until((host) => host.watchHead((head) => void (isCut || notify(head)))),
    follow: (options, handle) =>
      // A batch in hand is given up: its handler hears nothing any more, and a store that closes waits for it.
      until((host) => host.follow(options, (records) => Promise.race([handle(records), cutOff]))),
    cut() {
      isCut = true;
      idle.resolve();
      end();
    },
    traffic: () => asked + answered,
    commits: () => commits,
    busy: () => (isCut || asked === answered ? null : idle.promise),
  };
  return { store, ended: over.then(async () => (await opening).close()) };
}
