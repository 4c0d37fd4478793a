import type { Clock } from '#contracts/clock.ts';
import type { CommandResult } from '#contracts/commands.ts';
import { isApplianceError } from '#contracts/errors.ts';

/** Faults that a driver finds before it says anything to the device: nothing can have moved. */
const beforeTheWire = ['DRV_UNSUPPORTED', 'DRV_UNKNOWN_TAG', 'DRV_WRONG_TYPE', 'DRV_READ_ONLY'] as const;

/** Runs a driver call to a result. A driver that throws leaves open what the device did. */
export async function carryOut(execute: () => Promise<CommandResult>): Promise<CommandResult> {
  try {
    return await execute();
  } catch (error) {
    if (isApplianceError(error) && beforeTheWire.some((code) => code === error.code)) {
      const { code, message, retryable } = error;
      return { state: 'failed', code, reason: message, retryable };
    }
    return { state: 'unknown', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** `carryOut` with an end: `unknown` when the driver does not answer in time. Begins before it returns. */
export function carryOutWithin(
  clock: Clock,
  timeoutMs: number,
  execute: () => Promise<CommandResult>,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const cancel = clock.after(timeoutMs, () =>
      resolve({ state: 'unknown', reason: `no answer within ${timeoutMs} ms` }),
    );
    void carryOut(execute).then((result) => {
      cancel();
      resolve(result);
    });
  });
}
