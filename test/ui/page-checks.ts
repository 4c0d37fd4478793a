import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** The script is given by the test, not by the page. */
export const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core holds against the page, serious or worse. The page has been given `axeSource`. */
export async function violations(page: Page): Promise<string[]> {
  const found = (await page.evaluate('axe.run().then((result) => result.violations)')) as Violation[];
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

const controls = [
  'button',
  'input:not([type=checkbox]):not([type=radio])',
  'select',
  'textarea',
  '.check',
  '.choice',
  '.nav-link',
  'a.button',
  '.row-link',
  '.tile',
  '.order-card',
  '.device',
  '.fleet-order',
  '.letter',
  '.facts dd > a',
  '.task-context a',
  '.task-links a',
].join(', ');

const smallOnes = `[...document.querySelectorAll('${controls}')]
  .filter((element) => element.checkVisibility() && !element.classList.contains('skip-link') && !element.classList.contains('visually-hidden'))
  .map((element) => ({ box: element.getBoundingClientRect(), html: element.outerHTML.slice(0, 120) }))
  .filter(({ box }) => box.height < 47.5 || box.width < 47.5)
  .map(({ box, html }) => Math.round(box.width) + ' x ' + Math.round(box.height) + ' ' + html)`;

/** Controls smaller than a glove's fingertip. Links within a sentence may be as high as their line. */
export const tooSmall = (page: Page): Promise<string[]> => page.evaluate(smallOnes);

/** How much wider than the screen the page is. */
export const overflowPx = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');
