import type { Reconciliation } from '#contracts/commands.ts';
import type { DeviceCall } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import {
  type Adapter,
  type AdapterContext,
  boundTag,
  type CallResult,
  fault,
  fromWrite,
  goodValue,
  superseded,
  unknown,
  unsupported,
  verified,
} from './adapter.ts';
import { createTransport } from './conveyor-transport.ts';
import { deadline, waitForTags } from './wait.ts';

/** A conveyor: run and stop by one bit, and, where the PLC offers it, totes by handshake. */
export function createConveyor(context: AdapterContext): Adapter {
  const { capability, tags, clock } = context;
  const runTag = boundTag(capability, 'run');
  const speedTag = capability.bind?.speed;
  const runningTag = capability.bind?.running;
  let running = new AbortController();
  const transport =
    capability.bind?.requestStrobe === undefined ? null : createTransport(context, () => running.signal);

  const turn = async (call: DeviceCall, on: boolean): Promise<CallResult> => {
    const limit = deadline(clock, call.timeoutMs);
    const { signal } = running;
    const speed = call.call.args.speed;
    if (on && typeof speed === 'number') {
      if (speedTag === undefined) {
        return fault(new ApplianceError('DRV_UNSUPPORTED', { target: call.target, action: 'set a speed' }));
      }
      const written = await tags.write(speedTag, speed);
      if (written.state !== 'verified') return fromWrite(written);
    }
    // A stop may have come while the speed was written: then this must not start it again.
    if (signal.aborted) return superseded(call);
    const written = await tags.write(runTag, on);
    if (signal.aborted) return superseded(call);
    if (written.state !== 'verified') return fromWrite(written);
    if (runningTag === undefined) return verified();
    const waited = await waitForTags({
      tags,
      clock,
      timeoutMs: limit.leftMs(),
      signal,
      probe: () => (goodValue(tags.latest(runningTag)) === on ? true : undefined),
    });
    if (waited.state === 'met') return verified();
    if (waited.state === 'aborted') return superseded(call);
    return unknown(`${runningTag} did not become ${on}`);
  };

  return {
    async execute(call) {
      switch (call.call.action) {
        case 'run':
          return turn(call, true);
        case 'stop':
          running.abort();
          running = new AbortController();
          return turn(call, false);
        case 'convey':
        case 'reject':
          return transport === null ? unsupported(call) : transport.execute(call);
        default:
          return unsupported(call);
      }
    },
    async reconcile(call): Promise<Reconciliation> {
      const { action } = call.call;
      if (action === 'convey' || action === 'reject') {
        if (transport === null)
          return { outcome: 'not-done', reason: 'the conveyor takes no totes by request' };
        return transport.reconcile(call);
      }
      const wanted = action === 'run';
      const tag = runningTag ?? runTag;
      const [sample] = await tags.readNow([tag]);
      const now = sample === undefined ? null : goodValue(sample);
      if (now === null) return { outcome: 'unknown', reason: `${tag} cannot be read` };
      return now === wanted
        ? { outcome: 'done', data: {} }
        : { outcome: 'not-done', reason: `${tag} is ${now}` };
    },
  };
}
