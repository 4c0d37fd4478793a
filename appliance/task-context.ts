import type { OrderDetail, Robot } from '#contracts/api.ts';
import type { SagaView } from '#contracts/saga-api.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { TagSample } from '#contracts/tags.ts';

export interface ContextSources {
  readonly siteFile: Pick<SiteFile, 'devices' | 'places'>;
  readonly order: OrderDetail | undefined;
  readonly saga: SagaView | undefined;
  readonly robots: readonly Robot[];
  readonly tagsOf: (device: string) => readonly TagSample[];
}

type Line = { label: string; value: string };

const EVENTS_MAX = 5;
const TAGS_MAX = 12;
const PLACES_MAX = 5;

/** What a person needs to decide, as it is now: the order, where things are, what happened last, what is measured. */
export function taskContext(sources: ContextSources): Line[] {
  const { siteFile, order, saga, robots, tagsOf } = sources;
  const named = namesIn(saga === undefined ? null : { input: saga.input, outputs: saga.outputs });
  const devices = siteFile.devices.filter(
    ({ id, capabilities }) => named.has(id) || capabilities.some((capability) => named.has(capability.id)),
  );
  const places = siteFile.places.filter(({ id }) => named.has(id)).slice(0, PLACES_MAX);
  const tags = devices.flatMap(({ id }) => tagsOf(id)).slice(0, TAGS_MAX);
  return [
    ...(order === undefined ? [] : orderLines(order)),
    ...(places.length === 0 ? [] : [{ label: 'Places', value: places.map(({ id }) => id).join(', ') }]),
    ...robots.filter(({ robotId }) => named.has(robotId)).map(robotLine),
    ...tags.map(tagLine),
    ...(saga?.steps ?? []).slice(-EVENTS_MAX).map((step) => ({
      label: `At ${step.at}`,
      value: [step.what, ...step.made].join('; '),
    })),
  ];
}

function orderLines(order: OrderDetail): Line[] {
  const attempts = order.timeline.filter(({ kind }) => kind === 'retry').length;
  return [
    {
      label: 'Order',
      value: `${order.orderId}, ${order.pieceCount} pieces in ${order.lineCount} lines, to ${order.destination}`,
    },
    ...(order.customer === null ? [] : [{ label: 'Customer', value: order.customer }]),
    ...(attempts === 0 ? [] : [{ label: 'Repeated attempts', value: String(attempts) }]),
  ];
}

function robotLine({ robotId, activity, place, x, y, battery, toteId }: Robot): Line {
  const where = place ?? `x ${x.toFixed(1)} m, y ${y.toFixed(1)} m`;
  const tote = toteId === null ? '' : `, with tote ${toteId}`;
  return { label: robotId, value: `${activity} at ${where}, battery ${Math.round(battery * 100)} %${tote}` };
}

function tagLine({ path, value, unit, quality }: TagSample): Line {
  const measured = value === null ? 'no value' : `${value}${unit === undefined ? '' : ` ${unit}`}`;
  return { label: path, value: quality.level === 'good' ? measured : `${measured} (${quality.reason})` };
}

/** Every text within a value; a saga names its robots, devices and places by their ids. */
function namesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') found.add(value);
  else if (Array.isArray(value)) for (const item of value) namesIn(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) namesIn(item, found);
  }
  return found;
}
