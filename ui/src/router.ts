import { signal } from '@preact/signals';

export const pages = [
  'floor',
  'orders',
  'tasks',
  'alarms',
  'devices',
  'uplink',
  'refusals',
  'demo',
  'more',
] as const;
export type PageName = (typeof pages)[number];

/** Hash routes: a kiosk may reload or bookmark any page, and the server needs to know none of them. */
export interface Route {
  readonly page: PageName;
  readonly id: string | null;
}

export function parseRoute(hash: string): Route {
  const [page, id] = hash.replace(/^#\/?/, '').split('/');
  const known = pages.find((name) => name === page);
  if (known === undefined) return { page: 'floor', id: null };
  return { page: known, id: id === undefined || id === '' ? null : decode(id) };
}

export const href = (page: PageName, id?: string): string =>
  id === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(id)}`;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = signal<Route>({ page: 'floor', id: null });

/** Whether this page was reached by a link or by going back; going back keeps the scroll position. */
export const arrived = signal<'anew' | 'back'>('back');

export function startRouter(): void {
  const read = () => {
    route.value = parseRoute(location.hash);
    arrived.value = history.state === null ? 'anew' : 'back';
    // A page that was seen is marked, so that "back" can be told from a link.
    history.replaceState({ seen: true }, '');
  };
  window.addEventListener('hashchange', read);
  read();
}

export const goTo = (page: PageName, id?: string): void => {
  location.hash = href(page, id);
};
