import type { Clock } from '#contracts/clock.ts';
import { isApplianceError } from '#contracts/errors.ts';
import type { MarkReply } from '#contracts/sync.ts';
import type { FailureCause } from './circuit.ts';
import { type Encoding, encodeFrame } from './frame.ts';
import { FRAMES_IN_FLIGHT_MAX, LINGER_MS, PROBE_INTERVAL_MS } from './limits.ts';
import type { Outbox, OutFrame } from './outbox.ts';
import { nextPace } from './pace.ts';
import { createSignal, type Signal } from './signal.ts';
import { deliveryTrace } from './trace.ts';
import type { Answer, Transport } from './transport.ts';

/** Why a session is over. `again` made progress by itself: smaller frames, another encoding, a lane held. */
export type SessionEnd =
  | { readonly end: 'stopped' }
  | { readonly end: 'again'; readonly reason: string }
  | {
      readonly end: 'failed';
      readonly cause: FailureCause;
      readonly reason: string;
      readonly retryAfterMs: number;
    };

/** One connection and the lanes that share it, first ones first. */
export interface Channel {
  readonly transport: Transport;
  readonly outboxes: readonly Outbox[];
}

export interface SessionParts {
  readonly site: string;
  readonly epoch: string;
  readonly countMax: number;
  /** Two connections: what hurries never queues behind what is many. */
  readonly channels: { readonly express: Channel; readonly bulk: Channel };
  readonly clock: Clock;
  /** Rings when there may be more to send. */
  readonly more: Signal;
  encoding(): Encoding;
  onAcknowledged(outbox: Outbox, frame: OutFrame): void;
  /** The region answered and nothing waits to be sent: not called while frames fail. */
  onAlive(): void;
  onHold(outbox: Outbox, reason: string): void;
  onUnknownEncoding(): void;
}

/** Carries frames over one pair of connections until one of them fails or `stop` is called. */
export interface Session {
  run(): Promise<SessionEnd>;
  /** Takes no new frames; `run` resolves when those on their way are answered. */
  stop(): void;
}

type Refusal = Exclude<Answer<unknown>, { kind: 'ok' }>;

export function createSession(parts: SessionParts): Session {
  const { clock } = parts;
  const channels = [parts.channels.express, parts.channels.bulk];
  const bells = [createSignal(), createSignal(), createSignal()] as const;
  let over: SessionEnd | null = null;

  function finish(end: SessionEnd): void {
    if (over !== null) return;
    over = end;
    for (const bell of bells) bell.ring();
    parts.more.ring();
    // Frames behind a failed one would only wait for their time limit.
    if (end.end !== 'stopped') for (const { transport } of channels) void transport.destroy();
  }

  const outboxes = channels.flatMap((channel) => channel.outboxes);
  const allDrained = (): boolean => outboxes.every((outbox) => outbox.drained());

  async function pump({ outboxes, transport }: Channel, bell: Signal): Promise<void> {
    const inFlight = new Set<Promise<void>>();
    let answeredAtMs = 0;
    while (over === null) {
      const nowMs = clock.monotonicMs();
      const outbox = inFlight.size < FRAMES_IN_FLIGHT_MAX ? pick(outboxes, nowMs) : undefined;
      if (outbox === undefined) {
        // With all places taken the next answer rings.
        const readyAtMs = inFlight.size < FRAMES_IN_FLIGHT_MAX ? soonestMs(outboxes) : null;
        if (allDrained()) parts.onAlive();
        await waitFor(bell, readyAtMs);
        continue;
      }
      const frame = await outbox.next();
      if (frame === null) continue;
      if (!outbox.hasMore()) outbox.readyAtMs = clock.monotonicMs() + LINGER_MS[outbox.lane];
      const { site, epoch } = parts;
      const lastSequence = frame.end.sequence;
      const bytes = await encodeFrame({ ...frame, site, epoch, lastSequence }, parts.encoding());
      if (over !== null) break;
      const sentAtMs = clock.monotonicMs();
      const delivery = transport.sendFrame(bytes, deliveryTrace(frame.traceparent)).then((answer) => {
        // In a pipeline a frame also waits for those before it; that is not its own time.
        const tookMs = clock.monotonicMs() - Math.max(sentAtMs, answeredAtMs);
        answeredAtMs = clock.monotonicMs();
        inFlight.delete(delivery);
        settle(outbox, frame, answer, tookMs);
        bell.ring();
      });
      inFlight.add(delivery);
    }
    await Promise.all(inFlight);
  }

  function settle(
    outbox: Outbox,
    frame: OutFrame,
    answer: Awaited<ReturnType<Transport['sendFrame']>>,
    tookMs: number,
  ): void {
    const good = answer.kind === 'ok' ? namesFrame(answer.value, frame) : answer;
    if (good !== true) {
      // The first failure of a pipeline ends the session; frames behind it fail for its sake.
      if (over === null) finish(endAfter(outbox, good));
      return;
    }
    outbox.pace = nextPace(outbox.pace, { type: 'acknowledged', count: frame.count, tookMs }, parts.countMax);
    outbox.acknowledged(frame);
    parts.onAcknowledged(outbox, frame);
  }

  function namesFrame(mark: MarkReply, frame: OutFrame): true | Refusal {
    const mine = mark.site === parts.site && mark.epoch === parts.epoch && mark.lane === frame.lane;
    if (mine && mark.sequence >= frame.end.sequence) return true;
    return { kind: 'out-of-step', reason: 'the answer names another mark than the frame' };
  }

  function endAfter(outbox: Outbox, answer: Refusal): SessionEnd {
    const again: SessionEnd = { end: 'again', reason: answer.reason };
    if (answer.kind === 'too-large' && outbox.pace.countMax > 1) {
      outbox.pace = nextPace(outbox.pace, { type: 'too-large' }, parts.countMax);
      return again;
    }
    if (answer.kind === 'too-large' || answer.kind === 'frame-refused') {
      parts.onHold(outbox, answer.reason);
      return again;
    }
    if (answer.kind === 'unknown-encoding' && parts.encoding() !== 'gzip') {
      parts.onUnknownEncoding();
      return again;
    }
    if (answer.kind === 'unreachable') {
      outbox.pace = nextPace(outbox.pace, { type: 'failed' }, parts.countMax);
    }
    return failureOf(answer);
  }

  /** Waits for the bell, and no longer than `untilMs`. */
  function waitFor(bell: Signal, untilMs: number | null): Promise<void> {
    if (untilMs === null) return bell.wait();
    const cancel = clock.after(Math.max(0, untilMs - clock.monotonicMs()), () => bell.ring());
    return bell.wait().finally(cancel);
  }

  /** Without traffic a cut would show only at the next record. Also sees a region that was restored meanwhile. */
  async function probe(bell: Signal): Promise<void> {
    while (over === null) {
      await waitFor(bell, clock.monotonicMs() + PROBE_INTERVAL_MS);
      if (over !== null) return;
      const acked = new Map(outboxes.map((outbox) => [outbox.lane, outbox.record.ledger.acked.sequence]));
      const answer = await parts.channels.bulk.transport.marks(parts.site, parts.epoch);
      if (answer.kind !== 'ok') {
        finish(failureOf(answer));
        return;
      }
      if (allDrained()) parts.onAlive();
      const back = answer.value.marks.find((mark) => mark.sequence < (acked.get(mark.lane) ?? 0));
      if (back !== undefined) {
        const reason = `the region went back to ${back.sequence} in ${back.lane}`;
        finish(failureOf({ kind: 'out-of-step', reason }));
      }
    }
  }

  async function fan(): Promise<void> {
    while (over === null) {
      await parts.more.wait();
      bells[0].ring();
      bells[1].ring();
    }
  }

  async function run(): Promise<SessionEnd> {
    let crash: unknown = null;
    const work = [
      pump(parts.channels.express, bells[0]),
      pump(parts.channels.bulk, bells[1]),
      probe(bells[2]),
      fan(),
    ].map((loop) =>
      loop.catch((error: unknown) => {
        // What is not an expected fault is a mistake of ours and must not be retried in silence.
        if (!isApplianceError(error)) crash ??= error;
        finish({ end: 'failed', cause: 'local', reason: String(error), retryAfterMs: 0 });
      }),
    );
    await Promise.all(work);
    if (crash !== null) throw crash;
    return over ?? { end: 'stopped' };
  }

  return { run, stop: () => finish({ end: 'stopped' }) };
}

/** Strict order of lanes: a later one gets its turn when the earlier ones have nothing ready. */
const pick = (outboxes: readonly Outbox[], nowMs: number): Outbox | undefined =>
  outboxes.find((outbox) => outbox.readyAtMs <= nowMs && outbox.hasMore());

function soonestMs(outboxes: readonly Outbox[]): number | null {
  const waiting = outboxes.filter((outbox) => outbox.hasMore()).map((outbox) => outbox.readyAtMs);
  return waiting.length === 0 ? null : Math.min(...waiting);
}

export function failureOf(answer: Refusal): SessionEnd {
  const cause = answer.kind === 'unreachable' || answer.kind === 'out-of-step' ? 'unreachable' : 'refused';
  const retryAfterMs = answer.kind === 'unreachable' ? answer.retryAfterMs : 0;
  return { end: 'failed', cause, reason: answer.reason, retryAfterMs };
}
