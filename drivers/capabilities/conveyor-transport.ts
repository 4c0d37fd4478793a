import type { DeviceCall } from '#contracts/devices.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import {
  type Adapter,
  type AdapterContext,
  boundTag,
  type CallResult,
  fault,
  goodValue,
  superseded,
  unknown,
} from './adapter.ts';
import {
  judge,
  nextStrobe,
  readDone,
  type TransportReport,
  type TransportRequest,
  toReconciliation,
} from './transport.ts';
import { createTransportQuery } from './transport-query.ts';
import { deadline, waitForTags } from './wait.ts';

// A done report may be overwritten by the next one before we see it; the query finds it all the same.
const QUERY_EVERY_MS = 1_000;
/** A PLC takes a request within some scans. */
const ACCEPT_MS_MAX = 2_000;

/**
 * Totes by request: the handshake that contracts/bindings.ts describes. The id makes each step repeatable.
 * `stopped` is the signal of the next stop of the line: a request that has not been started by then never is.
 */
export function createTransport(
  { capability, tags, clock, places }: AdapterContext,
  stopped: () => AbortSignal,
): Adapter {
  const tag = (role: string) => boundTag(capability, role);
  const doneTags = [tag('doneId'), tag('doneLane'), tag('doneStatus')];
  const ask = createTransportQuery({ capability, tags, clock });
  const laneOf = (place: string) => String(capability.options?.[place] ?? place);
  const placeOf = (lane: string) =>
    Object.entries(capability.options ?? {}).find(([, value]) => String(value) === lane)?.[0] ?? lane;
  const rejectPlace = String(
    capability.options?.rejectTo ?? places.find(({ kind }) => kind === 'reject')?.id ?? 'reject',
  );

  const toRequest = ({ commandId, target, call }: DeviceCall): TransportRequest => ({
    commandId,
    target,
    toteId: String(call.args.toteId),
    lane: laneOf(call.action === 'reject' ? rejectPlace : String(call.args.to)),
    goal: call.action === 'reject' ? 'reject' : 'convey',
  });

  /** Puts the request before the PLC. Nothing moves before the strobe, so a fault until there is a plain failure. */
  const send = async (
    call: DeviceCall,
    limit: ReturnType<typeof deadline>,
    stop: AbortSignal,
  ): Promise<CallResult | undefined> => {
    const request = toRequest(call);
    if (stop.aborted) return superseded(call);
    // Its turn came too late: a call past its limit must not begin to move anything.
    if (limit.leftMs() === 0) return notSent(request, 'others were before it');
    const fields: readonly [role: string, value: string][] = [
      ['requestTote', request.toteId],
      ['requestTo', request.lane],
      ['requestId', request.commandId],
    ];
    for (const [role, value] of fields) {
      const written = await tags.write(tag(role), value);
      if (written.state === 'failed') return written;
      if (written.state === 'unknown') return notSent(request, written.reason);
    }
    const [strobe] = await tags.readNow([tag('requestStrobe')]);
    const current = strobe === undefined ? null : goodValue(strobe);
    if (current === null) return notSent(request, `${tag('requestStrobe')} cannot be read`);
    // An interlock may have tripped since the gate let this through: its stop has the last word.
    if (stop.aborted) return superseded(call);
    const written = await tags.write(tag('requestStrobe'), nextStrobe(current));
    // Unknown: it may run. Whoever waits below will see, and asking by id moves nothing.
    if (written.state === 'failed') return written;
    // The next request overwrites these words: the PLC must have read them. Late, the query below tells.
    await waitForTags({
      tags,
      clock,
      timeoutMs: Math.min(ACCEPT_MS_MAX, limit.leftMs()),
      probe: () => (goodValue(tags.latest(tag('acceptedId'))) === request.commandId ? true : undefined),
    });
    return undefined;
  };

  // One request at a time is put before the PLC: there is one set of words for it.
  let sending: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = sending.then(run);
    sending = turn.catch(() => undefined);
    return turn;
  };

  /** The present truth about a request, by the done triple first and by the query otherwise. */
  const look = async (id: string): Promise<TransportReport | undefined> => {
    try {
      return readDone(id, await tags.readNow(doneTags)) ?? (await ask(id));
    } catch (error) {
      // The link is down or slow. The request goes on at the PLC; we look again.
      if (isApplianceError(error)) return undefined;
      throw error;
    }
  };

  return {
    async execute(call) {
      const request = toRequest(call);
      const limit = deadline(clock, call.timeoutMs);
      const stop = stopped();
      const refused = await inTurn(() => send(call, limit, stop));
      if (refused !== undefined) return refused;
      const [doneIdTag] = doneTags;
      while (limit.leftMs() > 0) {
        await waitForTags({
          tags,
          clock,
          timeoutMs: Math.min(QUERY_EVERY_MS, limit.leftMs()),
          probe: () =>
            doneIdTag !== undefined && goodValue(tags.latest(doneIdTag)) === request.commandId
              ? true
              : undefined,
        });
        const report = await look(request.commandId);
        if (report?.state === 'ended') return judge(request, report, placeOf);
      }
      return unknown(
        `${call.target} did not report the end of ${call.call.action} of tote ${request.toteId}`,
      );
    },
    async reconcile(call) {
      const request = toRequest(call);
      const report = await look(request.commandId);
      if (report !== undefined) {
        return toReconciliation(report, () =>
          report.state === 'ended' ? judge(request, report, placeOf) : unknown('it has not ended'),
        );
      }
      const [accepted] = await tags.readNow([tag('acceptedId')]);
      if (accepted !== undefined && goodValue(accepted) === request.commandId) return { outcome: 'running' };
      return { outcome: 'unknown', reason: `${call.target} says nothing about this request` };
    },
  };
}

const notSent = (request: TransportRequest, reason: string): CallResult =>
  fault(
    new ApplianceError('DRV_TIMEOUT', {
      device: request.target,
      what: `the request before it was started (${reason})`,
      timeoutMs: 0,
    }),
  );
