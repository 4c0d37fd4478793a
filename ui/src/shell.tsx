import type { ComponentChildren } from 'preact';
import { nowMs } from './data/clock.ts';
import { session, timeZone } from './data/session.ts';
import { alarms, faults, isLive, linkState, tasks, uplinks } from './data/site.ts';
import { formatMinute } from './format.ts';
import { ConnectionBanner } from './parts/connection-banner.tsx';
import { Icon, type IconName } from './parts/icon.tsx';
import { StopBanner } from './parts/stop-banner.tsx';
import { href, type PageName, route } from './router.ts';
import { PasswordBanner } from './session/password.tsx';
import { NoticeStrip } from './tasks/notice-strip.tsx';

interface NavItem {
  readonly page: PageName;
  readonly icon: IconName;
  readonly words: string;
  /** On a phone these are reached by "More". */
  readonly second?: true;
  /** Reached by "More" on every screen. */
  readonly seldom?: true;
  /** What a person should know before going there, or null. */
  readonly badge?: () => { text: string; words: string } | null;
}

const count = (value: number, words: string) => (value === 0 ? null : { text: String(value), words });

const navItems: readonly NavItem[] = [
  { page: 'floor', icon: 'floor', words: 'Floor' },
  { page: 'orders', icon: 'orders', words: 'Orders' },
  { page: 'tasks', icon: 'tasks', words: 'Tasks', badge: () => count(tasks.value.length, 'open') },
  {
    page: 'alarms',
    icon: 'alarms',
    words: 'Alarms',
    badge: () => count(alarms.value.filter((alarm) => alarm.acknowledgedBy === null).length, 'new'),
  },
  { page: 'devices', icon: 'devices', words: 'Devices', second: true },
  {
    page: 'uplink',
    icon: 'uplink',
    words: 'Uplink',
    second: true,
    badge: () =>
      uplinks.value.some((uplink) => uplink.state === 'down') ? { text: '!', words: 'down' } : null,
  },
  { page: 'refusals', icon: 'refusals', words: 'Refused', second: true },
  {
    page: 'demo',
    icon: 'demo',
    words: 'Demo',
    second: true,
    badge: () => count(faults.value.filter((fault) => fault.active).length, 'broken'),
  },
  { page: 'docks', icon: 'truck', words: 'Docks', seldom: true },
  { page: 'work', icon: 'play', words: 'Begin work', seldom: true },
  { page: 'sagas', icon: 'procedure', words: 'Procedures', seldom: true },
  { page: 'versions', icon: 'branch', words: 'Versions and trials', seldom: true },
  { page: 'dead-letters', icon: 'exclaim', words: 'Stuck work', seldom: true },
  { page: 'people', icon: 'user', words: 'People', seldom: true },
  { page: 'figures', icon: 'chart', words: 'Figures', seldom: true },
  { page: 'machinery', icon: 'gear', words: 'Machinery', seldom: true },
  { page: 'more', icon: 'more', words: 'More' },
];

/** The frame around every page. What must be seen from everywhere stands above the page. */
export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <div class={isLive.value ? 'shell' : 'shell shell-stale'}>
      <button type="button" class="skip-link" onClick={focusPage}>
        Skip to the page
      </button>
      <TopBar />
      <Navigation />
      <div class="stage">
        <ConnectionBanner />
        <StopBanner />
        <PasswordBanner />
        <NoticeStrip />
        <main id="page" class={isLive.value ? 'page' : 'page page-stale'} tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  );
}

/** The hash belongs to the router, so this is no link: it moves the focus itself. */
function focusPage(): void {
  document.getElementById('page')?.focus();
}

function TopBar() {
  const site = session.value?.site;
  const live = isLive.value;
  return (
    <header class="top-bar">
      <a class="brand" href={href('floor')}>
        <span class="visually-hidden">Holdfast, to the floor</span>
        <svg width="32" height="32" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
          <path class="brand-line" d="M9 7v18M23 7v18M9 16h14" />
          <circle class="brand-knot" cx="16" cy="16" r="3.6" />
        </svg>
      </a>
      <p class="site-name">{site?.name ?? ''}</p>
      <p class={live ? 'feed' : 'feed feed-lost'} data-feed={linkState.value}>
        <Icon name={live ? 'wifi' : 'unplug'} size={20} />
        <span>{live ? 'Live' : linkState.value === 'connecting' ? 'Connecting' : 'Offline'}</span>
      </p>
      <p class="wall-clock number">
        <span class="visually-hidden">Site time </span>
        {formatMinute(nowMs.value, timeZone.value)}
      </p>
    </header>
  );
}

function Navigation() {
  const demo = session.value?.demo === true;
  const here = route.value.page;
  return (
    <nav class="nav" aria-label="Pages">
      <ul>
        {navItems
          .filter((item) => item.seldom !== true && (item.page !== 'demo' || demo))
          .map((item) => (
            <li key={item.page} class={item.second === true ? 'nav-second' : undefined}>
              <NavLink item={item} current={item.page === (isSeldom(here) ? 'more' : here)} />
            </li>
          ))}
      </ul>
    </nav>
  );
}

function NavLink({ item, current }: { item: NavItem; current: boolean }) {
  const badge = item.badge?.() ?? null;
  return (
    <a class="nav-link" href={href(item.page)} aria-current={current ? 'page' : undefined}>
      <span class="nav-icon">
        <Icon name={item.icon} size={28} />
        {badge === null ? null : <span class="badge number">{badge.text}</span>}
      </span>
      <span class="nav-words">
        {item.words}
        {badge === null ? null : <span class="visually-hidden">, {badge.words}</span>}
      </span>
    </a>
  );
}

const isSeldom = (page: PageName): boolean =>
  navItems.some((item) => item.page === page && item.seldom === true);

/** The pages that are reached by "More": on a phone the second ones as well. */
export const morePages = (demo: boolean): readonly NavItem[] =>
  navItems.filter((item) => item.seldom === true || (item.second === true && (item.page !== 'demo' || demo)));
