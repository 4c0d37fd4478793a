import type { Command, CommandResult, Reconciliation } from '#contracts/commands.ts';
import { deviceCall } from './command-desk.ts';
import type { CommandMemory } from './command-memory.ts';
import type { GateOptions } from './gate-types.ts';
import type { Lanes } from './lanes.ts';

/** How long a device may take to say what became of a command. */
export const RECONCILE_TIMEOUT_MS = 10_000;

/** Finds out what became of a command: from memory when the driver has said it, else from the device. */
export async function reconcile(
  command: Command,
  options: GateOptions,
  { lanes, memory }: { readonly lanes: Lanes; readonly memory: CommandMemory },
): Promise<Reconciliation> {
  const own = lanes.find(command);
  if (own !== undefined && !own.ended) return { outcome: 'running' };
  const settled = memory.find(command.commandId)?.settled ?? null;
  const answer = (settled === null ? null : knownOutcome(settled)) ?? (await ask(command, options));
  if (answer.outcome === 'running' || answer.outcome === 'unknown') return answer;
  if (own !== undefined && !own.settled) {
    // The driver has not given up: what the device has not begun may still be on its way to it.
    if (answer.outcome === 'not-done') {
      return { outcome: 'unknown', reason: `it may still be on its way (${answer.reason})` };
    }
    lanes.free(command.commandId, command.target);
  }
  const reason = 'reason' in answer ? `${answer.outcome}: ${answer.reason}` : answer.outcome;
  options.onCommand({ command, state: 'reconciled', atMs: options.clock.nowMs(), reason });
  return answer;
}

async function ask(command: Command, { clock, devices }: GateOptions): Promise<Reconciliation> {
  const silence = Promise.withResolvers<Reconciliation>();
  const reason = `the device did not answer within ${RECONCILE_TIMEOUT_MS} ms`;
  const cancel = clock.after(RECONCILE_TIMEOUT_MS, () => silence.resolve({ outcome: 'unknown', reason }));
  try {
    return await Promise.race([devices.reconcile(deviceCall(command)), silence.promise]);
  } catch (error) {
    return { outcome: 'unknown', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    cancel();
  }
}

/** What the driver has already said needs no question. */
function knownOutcome(result: CommandResult): Reconciliation | null {
  switch (result.state) {
    case 'verified':
      return { outcome: 'done', data: result.data };
    case 'failed':
      return { outcome: 'failed', reason: result.reason };
    case 'refused':
    case 'expired':
      return { outcome: 'not-done', reason: result.reason };
    case 'unknown':
      return null;
  }
}
