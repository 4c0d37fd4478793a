import type { Log } from '#contracts/log.ts';

/** What has been started, to be stopped in the opposite order; one that fails to stop holds up nobody. */
export interface StopOrder {
  add(name: string, stop: () => unknown): void;
  /** Once; later calls wait for the first. */
  stopAll(): Promise<void>;
}

export const STOP_EACH_MS_MAX = 15_000;

export function createStopOrder(log: Log): StopOrder {
  const started: { name: string; stop: () => unknown }[] = [];
  let stopping: Promise<void> | undefined;

  async function stopOne(name: string, stop: () => unknown): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`not stopped within ${STOP_EACH_MS_MAX} ms`)),
        STOP_EACH_MS_MAX,
      );
    });
    try {
      await Promise.race([stop(), late]);
      log.debug({ part: name }, 'stopped');
    } catch (error) {
      log.error({ err: error, part: name }, 'a part did not stop cleanly');
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    add: (name, stop) => void started.push({ name, stop }),
    stopAll() {
      stopping ??= (async () => {
        for (const { name, stop } of started.splice(0).reverse()) await stopOne(name, stop);
      })();
      return stopping;
    },
  };
}
