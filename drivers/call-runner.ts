import { goesBeside, partOf } from '#contracts/capabilities.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Reconciliation } from '#contracts/commands.ts';
import type { DeviceCall } from '#contracts/devices.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { CapabilityConfig } from '#contracts/site-devices.ts';
import type { CallResult } from './capabilities/index.ts';
import { checkCall } from './check-call.ts';
import { failed } from './common/write-tag.ts';
import { createRecentCommands } from './recent-commands.ts';

export interface CallRunner {
  execute(
    call: DeviceCall,
    capability: CapabilityConfig | undefined,
    carryOut: (call: DeviceCall) => Promise<CallResult>,
  ): Promise<CallResult>;
  reconcile(call: DeviceCall, ask: () => Promise<Reconciliation>): Promise<Reconciliation>;
}

// Drivers keep the limit themselves and know best how it ended; this is for one that does not come back.
const GRACE_MS = 1_000;
/** A question needs no motion; a device that takes longer does not answer. */
const RECONCILE_MS_MAX = 10_000;

/**
 * Lets one call run at a time on each part of a target, each id once. Calls that only end motion or let it go on
 * go through at once, beside whatever runs. Nothing waits in line here: a command that waited past an
 * interlock's trip would move after it.
 */
export function createCallRunner({ clock, log }: { clock: Clock; log: Log }): CallRunner {
  const recent = createRecentCommands();
  const busy = new Map<string, string>();

  const limited = async (call: DeviceCall, run: Promise<CallResult>): Promise<CallResult> => {
    const limitMs = call.timeoutMs + GRACE_MS;
    let cancel = () => {};
    const tooLate = new Promise<CallResult>((resolve) => {
      cancel = clock.after(limitMs, () =>
        resolve({ state: 'unknown', reason: `no end was reported within ${limitMs} ms` }),
      );
    });
    try {
      return await Promise.race([run, tooLate]);
    } catch (error) {
      log.error({ err: error, commandId: call.commandId, target: call.target }, 'a driver threw in a call');
      const words = isApplianceError(error) ? error.message : 'the driver failed; see the log';
      // What it had sent by then is not known, so this is never "failed".
      return { state: 'unknown', reason: words };
    } finally {
      cancel();
    }
  };

  return {
    execute(call, capability, carryOut) {
      const known = recent.find(call.commandId);
      if (known !== undefined) return known;
      const spec = checkCall(call, capability);
      if (spec instanceof ApplianceError) return Promise.resolve(failed(spec));
      const exclusive = !goesBeside(call.call);
      const place = `${call.target}\n${partOf(call.call)}`;
      const runningId = exclusive ? busy.get(place) : undefined;
      if (runningId !== undefined) {
        const details = { target: call.target, commandId: runningId };
        return Promise.resolve(failed(new ApplianceError('DRV_BUSY', details)));
      }
      if (exclusive) busy.set(place, call.commandId);
      const started = (async () => carryOut(call))();
      const run = limited(call, started).finally(() => {
        if (busy.get(place) === call.commandId) busy.delete(place);
      });
      recent.remember(call.commandId, run);
      return run;
    },
    async reconcile(call, ask) {
      const ended = recent.ended(call.commandId);
      if (ended?.state === 'verified') return { outcome: 'done', data: ended.data };
      if (ended === undefined && recent.find(call.commandId) !== undefined) return { outcome: 'running' };
      let cancel = () => {};
      const silence = new Promise<Reconciliation>((resolve) => {
        cancel = clock.after(RECONCILE_MS_MAX, () =>
          resolve({
            outcome: 'unknown',
            reason: `${call.target} did not answer within ${RECONCILE_MS_MAX} ms`,
          }),
        );
      });
      try {
        return await Promise.race([ask(), silence]);
      } catch (error) {
        if (!isApplianceError(error))
          log.error({ err: error, target: call.target }, 'a driver threw when asked');
        return { outcome: 'unknown', reason: error instanceof Error ? error.message : String(error) };
      } finally {
        cancel();
      }
    },
  };
}
