import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { ensureDebianPackage } from './debian-package.ts';

/** Where a Chromium is found that does not come from Debian. `CHROMIUM` overrides. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** No sandbox: tests run as root in containers. The rest keeps the browser from calling anybody. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Path of a Chromium. Root on a Debian without one gets the package; everybody else is told its name. */
export function findChromium(): string {
  const path = [process.env.CHROMIUM, ...places].find((place) => place !== undefined && existsSync(place));
  if (path !== undefined) return path;
  ensureDebianPackage('chromium', 'command -v chromium');
  return '/usr/bin/chromium';
}

/** One browser; ask it for a fresh context per test. The caller closes it. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: findChromium(), args: flags });
