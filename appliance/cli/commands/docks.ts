import { Command, InvalidArgumentError } from 'commander';
import type { Session } from '#contracts/api.ts';
import { type Dock, type DockBooking, type LoadLine, SLOT_MINUTES_MAX } from '#contracts/docks.ts';
import { suggest } from '#contracts/suggest.ts';
import { CliError, EXIT } from '../exit.ts';
import { withApi } from '../local-api.ts';
import { type Common, common, count, moment, print, table } from '../options.ts';
import { dayAfter, dayBeginMs, siteTime } from '../site-day.ts';

interface BookOptions extends Common {
  readonly vehicle: string;
  readonly from: string;
  readonly minutes: number;
  readonly dock?: string;
  readonly carrier?: string;
  readonly line: readonly LoadLine[];
}
interface MoveOptions extends Common {
  readonly from: string;
  readonly minutes?: number;
  readonly dock?: string;
}

/** Docks and who has booked them. */
export function docksCommand(): Command {
  const docks = new Command('docks')
    .description('docks: what is free, who has booked, who has come')
    .addHelpText('after', '\nExample:\n  npx holdfast docks day 2026-03-01');
  const sub = (usage: string, description: string, ...examples: string[]) =>
    common(docks.command(usage).description(description)).addHelpText(
      'after',
      `\nExample:\n${examples.map((one) => `  npx holdfast docks ${one}`).join('\n')}`,
    );
  sub('list', 'docks, and who holds them now and later', 'list').action(list);
  sub(
    'day [day]',
    'bookings and free slots of a day in the time zone of the site; without one: the 24 hours from now',
    'day 2026-03-01',
    'day 2026-03-01T00:00+01:00 --dock dock-1',
  )
    .option('--dock <id>', 'only of this dock')
    .action(day);
  sub('show <booking>', 'one booking', 'show B-17').action((id: string, options: Common) =>
    one('GET', id, '', undefined, options),
  );
  sub(
    'book <booking>',
    'book a slot; the same booking again changes nothing',
    'book B-17 --vehicle HH-AB-123 --from 2026-03-01T08:00Z --minutes 45 --line MUG=20 --line CUP=4',
  )
    .requiredOption('--vehicle <name>', 'number plate or fleet number')
    .requiredOption('--from <time>', 'begin, such as 2026-03-01T08:00:00Z', moment)
    .requiredOption('--minutes <n>', `length, 5 to ${SLOT_MINUTES_MAX}`, count)
    .requiredOption('--line <sku=pieces>', 'what is loaded; may be given again', line)
    .option('--dock <id>', 'this dock; without it the first that is free')
    .option('--carrier <name>', 'who drives')
    .action(book);
  sub('move <booking>', 'to another time or dock', 'move B-17 --from 2026-03-01T10:00Z --dock dock-2')
    .requiredOption('--from <time>', 'begin, such as 2026-03-01T10:00:00Z', moment)
    .option('--minutes <n>', 'another length', count)
    .option('--dock <id>', 'another dock')
    .action(move);
  sub(
    'cancel <booking>',
    'give the slot back; what was done is undone',
    'cancel B-17 --reason "the truck broke down"',
  )
    .requiredOption('--reason <words>', 'why, for the record')
    .action((id: string, { reason, ...options }: Common & { reason: string }) =>
      one('POST', id, '/cancel', { reason }, options),
    );
  sub('arrive <booking>', 'the vehicle is here', 'arrive B-17').action((id: string, options: Common) =>
    one('POST', id, '/arrive', undefined, options),
  );
  sub('depart <booking>', 'the vehicle has left', 'depart B-17').action((id: string, options: Common) =>
    one('POST', id, '/depart', undefined, options),
  );
  return docks;
}

function line(text: string, before: readonly LoadLine[] = []): readonly LoadLine[] {
  const [, sku = '', pieces = ''] = /^(.+)=(\d+)$/.exec(text) ?? [];
  if (sku === '' || Number(pieces) < 1) throw new InvalidArgumentError('It is sku=pieces, such as MUG=20.');
  return [...before, { sku, quantity: Number(pieces) }];
}

async function list({ data, json }: Common): Promise<void> {
  const { docks } = await withApi(data, (api) => api.call<{ docks: Dock[] }>('GET', '/docks'));
  print(json, docks, () =>
    table([
      ['dock', 'state', 'from', 'to', 'booking', 'vehicle', 'is'],
      ...docks.flatMap(({ dockId, state, reason, bookings }) => {
        const head = [dockId, reason === null ? state : `${state}: ${reason}`];
        if (bookings.length === 0) return [head];
        return bookings.map((booking) => [...head, ...bookingCells(booking)]);
      }),
    ]),
  );
}

const bookingCells = ({ from, to, bookingId, vehicle, state }: DockBooking): string[] => [
  from,
  to,
  bookingId,
  vehicle,
  state,
];

const DAY_MS = 86_400_000;

async function day(
  text: string | undefined,
  { data, json, dock: wanted }: Common & { dock?: string },
): Promise<void> {
  const { docks, from, to, timeZone } = await withApi(data, async (api) => {
    const { site } = await api.call<Session>('GET', '/session');
    const stretch = stretchOf(text, site.timeZone);
    const query = new URLSearchParams(stretch);
    const { docks } = await api.call<{ docks: Dock[] }>('GET', `/docks?${query}`);
    return { docks, ...stretch, timeZone: site.timeZone };
  });
  const shown = docks.filter(({ dockId }) => wanted === undefined || dockId === wanted);
  if (shown.length === 0 && wanted !== undefined) throw unknownDock(wanted, docks);
  const now = new Date().toISOString();
  const ofDay = shown.map((dock) => ({
    ...dock,
    // What is over cannot be booked any more.
    free: dock.free
      .filter((slot) => slot.to > now)
      .map((slot) => ({ ...slot, from: slot.from > now ? slot.from : now })),
    bookings: dock.bookings.filter((booking) => booking.from < to && from < booking.to),
  }));
  print(json, ofDay, () => {
    const rows = ofDay.flatMap(({ dockId, bookings, free }) =>
      [...bookings.map(bookingCells), ...free.map((slot) => [slot.from, slot.to, '', '', 'free'])]
        .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
        .map(([begin = '', end = '', ...cells]) => [
          dockId,
          siteTime(begin, timeZone),
          siteTime(end, timeZone),
          ...cells,
        ]),
    );
    return `${table([['dock', 'from', 'to', 'booking', 'vehicle', 'is'], ...rows])}\nTimes of ${timeZone}.`;
  });
}

/** A day of the site from midnight to midnight; from a moment on, 24 hours. */
function stretchOf(text: string | undefined, timeZone: string): { from: string; to: string } {
  if (text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text)) {
    const fromMs = dayBeginMs(text, timeZone);
    if (Number.isNaN(fromMs)) throw noDay(text);
    const toMs = dayBeginMs(dayAfter(text), timeZone);
    return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  }
  const fromMs = text === undefined ? Date.now() : Date.parse(text);
  if (Number.isNaN(fromMs)) throw noDay(text ?? '');
  return { from: new Date(fromMs).toISOString(), to: new Date(fromMs + DAY_MS).toISOString() };
}

const noDay = (text: string) =>
  new CliError(
    `${text} is no day`,
    'Write it such as 2026-03-01, which begins at midnight where the site is.',
    EXIT.usage,
  );

function unknownDock(name: string, docks: readonly Dock[]): CliError {
  const ids = docks.map(({ dockId }) => dockId);
  const meant = suggest(name, ids);
  const hint = meant === undefined ? `Known are: ${ids.join(', ') || 'none'}.` : `Did you mean ${meant}?`;
  return new CliError(`There is no dock ${name}`, hint, EXIT.refused);
}

async function book(bookingId: string, options: BookOptions): Promise<void> {
  const { vehicle, from, minutes, dock, carrier, line: lines, data, json } = options;
  const body = {
    bookingId,
    from,
    minutes,
    vehicle,
    lines,
    ...(dock === undefined ? {} : { dockId: dock }),
    ...(carrier === undefined ? {} : { carrier }),
  };
  const booking = await withApi(data, (api) => api.call<DockBooking>('POST', '/docks/bookings', body));
  print(json, booking, () => words(booking));
}

async function move(id: string, { from, minutes, dock, ...options }: MoveOptions): Promise<void> {
  const to = {
    from,
    ...(minutes === undefined ? {} : { minutes }),
    ...(dock === undefined ? {} : { dockId: dock }),
  };
  await one('POST', id, '/reschedule', to, options);
}

async function one(
  method: 'GET' | 'POST',
  id: string,
  verb: string,
  body: object | undefined,
  { data, json }: Common,
): Promise<void> {
  const path = `/docks/bookings/${encodeURIComponent(id)}${verb}`;
  const booking = await withApi(data, (api) => api.call<DockBooking>(method, path, body));
  print(json, booking, () => words(booking));
}

const words = ({
  bookingId,
  state,
  dockId,
  from,
  to,
  vehicle,
  carrier,
  lines,
  reason,
  sagaId,
}: DockBooking) =>
  [
    `${bookingId}: ${state}${reason === null ? '' : ` (${reason})`}, ${dockId}, ${from} to ${to}`,
    `  ${vehicle}${carrier === null ? '' : ` of ${carrier}`}: ${lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(', ')}`,
    `  How it goes: npx holdfast saga history ${sagaId}`,
  ].join('\n');
