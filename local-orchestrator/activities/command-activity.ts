import type { Static } from 'typebox';
import type { capabilityTable } from '#contracts/capabilities.ts';
import type { Command, CommandPort, CommandResult, Reconciliation } from '#contracts/commands.ts';
import type { Json } from '#contracts/sagas.ts';
import type { WorkAnswer, WorkResult } from '../decide/events.ts';
import type { Activity, ActivityCall, ActivityRunner } from './activity.ts';

type Table = typeof capabilityTable;
type ArgsOf<K extends keyof Table, A extends keyof Table[K]> = Table[K][A] extends {
  args: infer S extends object;
}
  ? Static<S>
  : never;
type ResultOf<K extends keyof Table, A extends keyof Table[K]> = Table[K][A] extends {
  result: infer S extends object;
}
  ? Static<S>
  : never;

/** What a command step says: which device, under which lease, and what it shall do. */
export interface CommandInput<A> {
  readonly target: string;
  /** Fencing epoch of the lease; 0 without one. */
  readonly epoch: number;
  readonly args: A;
}

/** One action of a capability as an activity. Typed by the table of capabilities; `queryable` by nature. */
export const commandActivity = <K extends keyof Table & string, A extends keyof Table[K] & string>(
  capability: K,
  action: A,
): Activity<CommandInput<ArgsOf<K, A>>, ResultOf<K, A>> => ({
  ref: { name: `${capability}.${action}`, version: 1, via: 'command', effect: 'queryable' },
});

/** Commands under way at once; the gate and the devices have their own limits. */
const COMMAND_CONCURRENCY_MAX = 1_024;

/** Carries out an action by way of the gate. The only thing here that reaches the floor. */
export function commandRunner(activity: Activity<never, unknown>, commands: CommandPort): ActivityRunner {
  return {
    ref: activity.ref,
    concurrencyMax: COMMAND_CONCURRENCY_MAX,
    reaches: ({ input }) => ({ kind: 'device', name: String((input as { target?: unknown }).target) }),
    async run(call) {
      const command = commandOf(activity, call);
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          // The process ends; a robot may finish what it has begun, and the next start asks what became of it.
          if (isStopping(call.signal.reason))
            resolve({ outcome: 'unknown', reason: 'the appliance stopped' });
          else stopRobot(command, commands);
        };
        call.signal.addEventListener('abort', onAbort, { once: true });
        const settle = () => call.signal.removeEventListener('abort', onAbort);
        commands
          .submit(command)
          .then((result) => resolve(resultOf(result)), reject)
          .finally(settle);
      });
    },
    query: async (call) => answerOf(await commands.reconcile(commandOf(activity, call))),
  };
}

/** Made of what is recorded, so the same command, field by field, comes out after a restart. */
function commandOf(activity: Activity<never, unknown>, call: ActivityCall): Command {
  const [capability, action] = activity.ref.name.split('.') as [Command['call']['capability'], string];
  const { target, epoch, args } = call.input as unknown as CommandInput<Record<string, unknown>>;
  return {
    commandId: call.commandId,
    target,
    call: { capability, action, args },
    expiresAtMs: call.expiresAtMs,
    timeoutMs: call.timeoutMs ?? COMMAND_TIMEOUT_MS_MAX,
    epoch,
    requestedBy: { kind: 'saga', id: call.sagaId },
    reason: `${call.title}, order ${call.correlationId}`,
    correlationId: call.correlationId,
    ...(call.traceparent === null ? {} : { traceparent: call.traceparent }),
  };
}

/** A step without a time limit still tells the device one: a day. */
const COMMAND_TIMEOUT_MS_MAX = 86_400_000;

/**
 * Tells a robot to end what it does: nobody waits for it any more. The command that ended keeps its own outcome;
 * this one only stops motion, so it is always admitted and may be repeated.
 */
function stopRobot(command: Command, commands: CommandPort): void {
  if (command.call.capability !== 'MobileRobot') return;
  const cancel: Command = {
    ...command,
    commandId: `${command.commandId}:stop`,
    call: { capability: 'MobileRobot', action: 'cancel', args: { commandId: command.commandId } },
    expiresAtMs: command.expiresAtMs + STOP_WITHIN_MS,
    timeoutMs: STOP_TIMEOUT_MS,
    reason: `Given up: ${command.reason}`,
  };
  // Its outcome shows in the outcome of the command that it ends.
  commands.submit(cancel).catch(() => {});
}

const STOP_TIMEOUT_MS = 5_000;
/** Within it a stop is of use; the gate takes no command that lives for more than a day. */
const STOP_WITHIN_MS = 12 * 3_600_000;

const isStopping = (reason: unknown): boolean =>
  typeof reason === 'object' && reason !== null && 'code' in reason && reason.code === 'SAGA_STOPPED';

function resultOf(result: CommandResult): WorkResult {
  switch (result.state) {
    case 'verified':
      return { outcome: 'succeeded', output: result.data as Json };
    case 'refused':
      // Waiting helps against a closed interlock or a busy device, not against a call that makes no sense.
      return result.retryable === false
        ? {
            outcome: 'failed',
            code: result.code ?? 'REFUSED',
            reason: result.reason,
            retryable: false,
            untouched: true,
          }
        : { outcome: 'refused', reason: result.reason };
    case 'failed': {
      const { code, reason, retryable } = result;
      return { outcome: 'failed', code, reason, retryable };
    }
    case 'expired':
      // The gate looks at the expiry before anything is sent.
      return { outcome: 'failed', code: 'EXPIRED', reason: result.reason, retryable: true, untouched: true };
    case 'unknown':
      return { outcome: 'unknown', reason: result.reason };
  }
}

function answerOf(answer: Reconciliation): WorkAnswer {
  return answer.outcome === 'done' ? { outcome: 'done', output: answer.data as Json } : answer;
}
