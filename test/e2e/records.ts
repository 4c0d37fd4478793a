import {
  type AnyEvent,
  type EventDefinition,
  type EventOf,
  isEvent,
  type Lane,
  lanes,
} from '#contracts/events/envelope.ts';
import { READER_TOKEN, type WholeSite } from './whole-site.ts';

export interface KeptRecord {
  readonly sequence: number;
  readonly event: AnyEvent;
}

const PAGE = 10_000;

/** All that the region keeps of the site's lane, in its order. */
export async function keptRecords(site: WholeSite, lane: Lane): Promise<KeptRecord[]> {
  const all: KeptRecord[] = [];
  for (;;) {
    const query = new URLSearchParams({
      site: 'demo',
      lane,
      after: String(all.at(-1)?.sequence ?? 0),
      limit: String(PAGE),
    });
    const response = await fetch(`${site.regionUrl}/regional/v1/events?${query}`, {
      headers: { authorization: `Bearer ${READER_TOKEN}` },
    });
    if (!response.ok) throw new Error(`the region answered ${response.status}: ${await response.text()}`);
    const { events } = (await response.json()) as { events: KeptRecord[] };
    all.push(...events);
    if (events.length < PAGE) return all;
  }
}

/** All that the site has in its log. */
export async function loggedEvents(site: WholeSite): Promise<AnyEvent[]> {
  const all: AnyEvent[] = [];
  let after = 0;
  for (;;) {
    const { body } = await site.ask('GET', `/events?after=${after}&limit=1000`);
    const { events } = body as { events: { offset: number; event: AnyEvent }[] };
    all.push(...events.map(({ event }) => event));
    const last = events.at(-1);
    if (last === undefined) return all;
    after = last.offset;
  }
}

/** Everything the region keeps, by lane. */
export async function regionRecords(site: WholeSite): Promise<Map<Lane, KeptRecord[]>> {
  return new Map(
    await Promise.all(lanes.map(async (lane) => [lane, await keptRecords(site, lane)] as const)),
  );
}

export const eventsOf = <D extends EventDefinition>(
  records: Iterable<readonly KeptRecord[]>,
  definition: D,
): EventOf<D>[] => [...records].flat().flatMap(({ event }) => (isEvent(event, definition) ? [event] : []));
