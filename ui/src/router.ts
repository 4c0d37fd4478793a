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
  'sagas',
  'versions',
  'dead-letters',
  'people',
  'docks',
  'work',
  'figures',
  'machinery',
  'more',
] as const;
export type PageName = (typeof pages)[number];

/** Hash routes: a kiosk may reload or bookmark any page, and the server needs to know none of them. */
export interface Route {
  readonly page: PageName;
  readonly id: string | null;
  /** What a page keeps of its own, such as a search: `name=value&…`, without the question mark. */
  readonly query: string;
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [page, id] = path.split('/');
  const known = pages.find((name) => name === page);
  if (known === undefined) return { page: 'floor', id: null, query: '' };
  return { page: known, id: id === undefined || id === '' ? null : decode(id), query };
}

export const href = (page: PageName, id?: string | null, query = ''): string => {
  const path = id === undefined || id === null ? `#/${page}` : `#/${page}/${encodeURIComponent(id)}`;
  return query === '' ? path : `${path}?${query}`;
};

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = signal<Route>({ page: 'floor', id: null, query: '' });

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

/** Keeps what a page shows in its address, without a step in the history for each letter of a search. */
export function keepQuery(query: string): void {
  const { page, id } = route.peek();
  history.replaceState(history.state, '', href(page, id, query));
  route.value = { page, id, query };
}
