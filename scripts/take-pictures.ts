// Takes the picture of the README anew, from a running demo: npm start, then, with the address that it prints,
//   node_modules/.bin/node scripts/take-pictures.ts 'http://127.0.0.1:8080/?code=...'
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../test/support/browser.ts';

/** Robots of the demo; the picture is taken once so many are under way. */
const ROBOTS_BUSY_MIN = 3;
const WAIT_MS_MAX = 120_000;

const [address] = process.argv.slice(2);
if (address === undefined || !URL.canParse(address)) {
  console.error('usage: node scripts/take-pictures.ts <the address that npm start prints, with its code>');
  process.exit(2);
}

const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(address);
  await page.getByText('Live', { exact: true }).waitFor({ timeout: WAIT_MS_MAX });
  // The first visitor is asked for a password.
  await page.getByRole('button', { name: 'Later' }).click();
  const busy = page.getByText(/^(Driving|Picking)$/);
  await busy.nth(ROBOTS_BUSY_MIN - 1).waitFor({ timeout: WAIT_MS_MAX });
  await page.screenshot({
    path: fileURLToPath(new URL('../docs/images/floor.png', import.meta.url)),
    style: '::-webkit-scrollbar { display: none }',
  });
} finally {
  await browser.close();
}
