import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { adoptMark } from './adopt.ts';
import type { Encoding } from './frame.ts';
import type { Herald } from './herald.ts';
import type { Outbox } from './outbox.ts';
import type { Saver } from './saver.ts';
import { createSession, failureOf, type Session, type SessionEnd } from './session.ts';
import type { Signal } from './signal.ts';
import { createTransport, type Transport } from './transport.ts';
import type { UplinkParts } from './uplink-parts.ts';

export interface ConnectionParts {
  readonly parts: UplinkParts;
  readonly outboxes: readonly Outbox[];
  readonly herald: Herald;
  readonly saver: Saver;
  /** Rings when there may be more to send. */
  readonly more: Signal;
  onAcknowledged(count: number): void;
}

/** One way to the region at a time: asks for its marks, believes them, and carries frames until it ends. */
export interface Connection {
  /** Resolves when the connection is over, with the reason. */
  connect(): Promise<SessionEnd>;
  /** Takes no new frames; `connect` resolves when those on their way are answered. */
  stop(): void;
  /** Waits for no answer any more. */
  abort(): Promise<void>;
}

export function createConnection(options: ConnectionParts): Connection {
  const { parts, outboxes, herald, saver, more } = options;
  const { config, clock, site, epoch, store } = parts;
  const transports = new Set<Transport>();
  let encoding: Encoding = 'zstd';
  let session: Session | null = null;
  let stopped = false;

  function alive(): void {
    herald.step({ type: 'answered', nowMs: clock.nowMs() });
    if (outboxes.every((outbox) => outbox.held === null)) herald.clear();
  }

  async function open(): Promise<Transport> {
    const { id: uplink, url, caFile } = config;
    try {
      const token = await parts.secrets(config.token);
      const transport = await createTransport({ uplink, url, token, caFile });
      transports.add(transport);
      return transport;
    } catch (cause) {
      if (isApplianceError(cause)) throw cause;
      // A file that is not there, an address that is none: for a person, not for a new thread.
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new ApplianceError('SYNC_UNUSABLE', { uplink, problem }, { cause });
    }
  }

  async function carry(express: Transport, bulk: Transport): Promise<SessionEnd> {
    const answer = await express.marks(site, epoch);
    if (answer.kind !== 'ok') return failureOf(answer);
    for (const outbox of outboxes) {
      const said = answer.value.marks.find(
        (mark) => mark.lane === outbox.lane && mark.site === site && mark.epoch === epoch,
      );
      // A lane that the region does not name is one it has nothing of.
      const surprise = await outbox.exclusive(() => adoptMark(store, outbox, said?.sequence ?? 0));
      saver.touch(outbox);
      if (surprise !== null) herald.moved(surprise);
    }
    session = createSession({
      site,
      epoch,
      clock,
      more,
      countMax: config.batchCountMax,
      channels: {
        express: { transport: express, outboxes: outboxes.filter(({ lane }) => lane === 'safety') },
        bulk: { transport: bulk, outboxes: outboxes.filter(({ lane }) => lane !== 'safety') },
      },
      encoding: () => encoding,
      onAlive: alive,
      onAcknowledged(outbox, frame) {
        outbox.held = null;
        options.onAcknowledged(frame.count);
        saver.touch(outbox);
        alive();
      },
      onHold(outbox, reason) {
        outbox.held = reason;
        outbox.readyAtMs = clock.monotonicMs() + config.retry.maxMs;
        herald.raise(`The region refuses the ${outbox.lane} lane: ${reason}`);
      },
      onUnknownEncoding() {
        encoding = 'gzip';
      },
    });
    return stopped ? { end: 'stopped' } : session.run();
  }

  async function connect(): Promise<SessionEnd> {
    try {
      return await carry(await open(), await open());
    } catch (error) {
      if (!isApplianceError(error)) throw error;
      const cause = error.code.startsWith('STORE_') ? 'local' : 'refused';
      return { end: 'failed', cause, reason: error.message, retryAfterMs: 0 };
    } finally {
      session = null;
      await destroy();
    }
  }

  async function destroy(): Promise<void> {
    const all = [...transports];
    transports.clear();
    await Promise.all(all.map((transport) => transport.destroy()));
  }

  return {
    connect,
    stop() {
      stopped = true;
      session?.stop();
    },
    abort: destroy,
  };
}
