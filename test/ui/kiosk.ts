import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { type BuiltPages, buildPages } from './built-pages.ts';
import { type FakeAppliance, type FakeOptions, startFakeAppliance } from './fake-appliance.ts';
import { CODE } from './fake-words.ts';

/** Screens that the pages are made for. */
export const screens = {
  phone: { width: 360, height: 740 },
  tablet: { width: 1024, height: 768 },
  desktop: { width: 1440, height: 900 },
} as const;
export type Screen = keyof typeof screens;

/** One person's screen in front of one appliance. */
export interface Kiosk {
  readonly page: Page;
  readonly fake: FakeAppliance;
  /** What the browser complained about; must stay empty. */
  readonly complaints: string[];
  go(path: string): Promise<void>;
}

export interface KioskOptions extends Omit<FakeOptions, 'pages'> {
  readonly screen?: Screen;
  readonly theme?: 'light' | 'dark';
  /** Stops before signing in. */
  readonly signedOut?: boolean;
}

export interface Kiosks {
  kiosk(options?: KioskOptions): Promise<Kiosk>;
  /** Ends what the last test opened. */
  closeOpen(): Promise<void>;
  close(): Promise<void>;
}

const WAIT_MS_MAX = 15_000;

/** One browser, one build and one tab for a whole file of tests; every kiosk has an appliance of its own. */
export async function openKiosks(): Promise<Kiosks> {
  const [browser, pages]: [Browser, BuiltPages] = await Promise.all([launchBrowser(), buildPages()]);
  let tab: { context: BrowserContext; page: Page } | null = null;
  const appliances: FakeAppliance[] = [];

  /** The tab is kept between tests: a new one costs more than all that a test does in it. */
  async function openTab(screen: Screen, theme: 'light' | 'dark'): Promise<Page> {
    if (tab === null) {
      const context = await browser.newContext();
      tab = { context, page: await context.newPage() };
      tab.page.setDefaultTimeout(WAIT_MS_MAX);
    }
    await tab.page.setViewportSize(screens[screen]);
    await tab.page.emulateMedia({ colorScheme: theme });
    return tab.page;
  }

  return {
    async kiosk({ screen = 'tablet', theme = 'light', signedOut = false, ...options } = {}) {
      const fake = await startFakeAppliance({ pages: pages.folder, ...options });
      appliances.push(fake);
      const page = await openTab(screen, theme);
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      if (!signedOut) {
        await page.goto(`${fake.url}/?code=${CODE}`);
        await page.getByText('Live', { exact: true }).waitFor();
      }
      return {
        page,
        fake,
        complaints,
        async go(path) {
          await page.goto(`${fake.url}/#/${path}`);
        },
      };
    },
    async closeOpen() {
      if (tab !== null) {
        tab.page.removeAllListeners('console');
        tab.page.removeAllListeners('pageerror');
        await tab.page.unrouteAll({ behavior: 'ignoreErrors' });
        await tab.page.goto('about:blank');
        // Cookies know no ports: the next appliance would be sent the session of this one.
        await tab.context.clearCookies();
      }
      for (const fake of appliances.splice(0)) await fake.close();
    },
    async close() {
      await browser.close();
      await pages.remove();
    },
  };
}
