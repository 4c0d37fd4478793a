import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { IDEMPOTENCY_HEADER } from '#contracts/api.ts';
import { withApi } from '../local-api.ts';
import { type Common, common, jsonArgument, print } from '../options.ts';

interface SignalOptions extends Common {
  readonly payload?: unknown;
  readonly id?: string;
}

/** Telling a saga what it waits for, or that it shall end. Added to the command group `saga`. */
export function addSagaSteering(saga: Command): void {
  common(saga.command('signal <saga> <name>').description('tell a saga what it waits for'))
    .option('--payload <json>', 'what goes with it', jsonArgument('{"dock":"dock-1"}'))
    .option('--id <id>', 'id of the event: the same id counts once; without it, it gets one')
    .addHelpText(
      'after',
      '\nIt may come before the saga waits for it, or begins.\n\nExample:\n  npx holdfast saga signal greet-truck:T-1 arrived --payload \'{"plate":"HH-AB-123"}\' --id gate-4711',
    )
    .action(signal);
  common(saga.command('cancel <saga>').description('ask for a saga to be ended and its effects undone'))
    .requiredOption('--reason <words>', 'why, for the record')
    .addHelpText('after', '\nExample:\n  npx holdfast saga cancel putaway:R-17 --reason "delivered twice"')
    .action(cancel);
}

async function signal(
  sagaId: string,
  name: string,
  { data, json, payload = null, id = randomUUID() }: SignalOptions,
): Promise<void> {
  const path = `/sagas/${encodeURIComponent(sagaId)}`;
  const exists = await withApi(data, async (api) => {
    await api.call('POST', `${path}/signals`, { id, name, payload });
    return (await api.ask('GET', path)).status !== 404;
  });
  print(json, { sagaId, id, name, exists }, () =>
    exists
      ? `${sagaId} is told: ${name} (${id}).`
      : `Kept: ${name} (${id}). There is no saga ${sagaId} yet; it is told when it begins.`,
  );
}

async function cancel(sagaId: string, { data, json, reason }: Common & { reason: string }): Promise<void> {
  const path = `/sagas/${encodeURIComponent(sagaId)}/cancel`;
  const headers = { [IDEMPOTENCY_HEADER]: randomUUID() };
  await withApi(data, (api) => api.call('POST', path, { reason }, headers));
  print(json, { sagaId }, () => `${sagaId} ends; look at it: npx holdfast saga history ${sagaId}`);
}
