/**
 * Listens for SIGINT, SIGTERM and SIGHUP from now on; a second one ends the process at once. Called before
 * anything is started: what is told to stop while it starts is stopped in order as soon as it has.
 */
export function listenForStop(): { untilAsked(): Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  const end = () => {
    if (asked) process.exit(130);
    asked = true;
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  return { untilAsked: () => promise };
}
