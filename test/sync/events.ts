import { type AnyEvent, type Classification, createEvent, type Lane } from '#contracts/events/envelope.ts';
import { eventDefinitions } from '#contracts/events/index.ts';
import type { Store } from '#contracts/store.ts';

const typeByLane = {
  safety: 'holdfast.safety.interlock-tripped.v1',
  audit: 'holdfast.sync.mark-moved.v1',
  business: 'holdfast.device.link-changed.v1',
  telemetry: 'holdfast.tag.changed.v1',
} as const satisfies Record<Lane, string>;

let made = 0;

/** An event of a lane, with a subject of its own; `text` makes it as long as wanted. */
export function someEvent(
  lane: Lane,
  options: { classification?: Classification; text?: string; traceparent?: string; site?: string } = {},
): AnyEvent {
  made += 1;
  const definition = eventDefinitions.get(typeByLane[lane]);
  if (definition === undefined) throw new Error(`the catalogue lost ${typeByLane[lane]}`);
  const event = createEvent(
    definition,
    `${lane}-${made}`,
    { number: made, text: options.text ?? 'Förderband 3 läuft' },
    {
      site: options.site ?? 'lab',
      component: 'test',
      nowMs: Date.UTC(2026, 10, 21) + made,
      correlationId: `c-${made}`,
      traceparent: options.traceparent,
    },
  );
  return { ...event, lane, classification: options.classification ?? 'internal' };
}

/** Puts `count` events of the lanes, in turn, into the log, in transactions of `perCommit`. */
export async function fill(
  store: Store,
  count: number,
  options: { lanes?: readonly Lane[]; perCommit?: number; text?: string } = {},
): Promise<void> {
  const lanes = options.lanes ?? ['safety', 'audit', 'business', 'telemetry'];
  const perCommit = options.perCommit ?? 500;
  for (let done = 0; done < count; done += perCommit) {
    const size = Math.min(perCommit, count - done);
    const ops = Array.from({ length: size }, (_, index) => ({
      op: 'append' as const,
      event: someEvent(
        lanes[(done + index) % lanes.length] ?? 'audit',
        options.text === undefined ? {} : { text: options.text },
      ),
    }));
    await store.commit(ops);
  }
}
