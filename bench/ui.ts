import { openKiosks } from '../test/ui/kiosk.ts';
import { type BenchResult, quantile } from './result.ts';

const EVENTS = 200;
const PAUSE_MS = 25;
const PIXEL_MS_BUDGET = 250;

/**
 * From a change in the appliance to its pixels on a tablet: a delta is sent while the robots' poses stream;
 * the page reports the second animation frame after the number has changed, when it has been painted.
 */
export async function run(): Promise<BenchResult> {
  const kiosks = await openKiosks();
  try {
    const { page, fake } = await kiosks.kiosk({ lively: true });
    const first = fake.state.orders[0];
    if (first === undefined) throw new Error('the made-up site has orders');
    await page.evaluate(watchNumber);
    const latencies: number[] = [];
    for (let event = 0; event < EVENTS; event += 1) {
      const sentAtMs = performance.timeOrigin + performance.now();
      const state = event % 2 === 0 ? 'completed' : 'running';
      fake.change([{ collection: 'orders', put: [{ ...first, state }], remove: [] }]);
      latencies.push(((await page.evaluate('globalThis.nextPaint()')) as number) - sentAtMs);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    const p95 = quantile(latencies, 0.95);
    return {
      bench: 'ui',
      value: Math.round(p95),
      unit: 'ms from event to pixel, p95',
      budget: PIXEL_MS_BUDGET,
      holds: p95 <= PIXEL_MS_BUDGET,
      p50: Math.round(quantile(latencies, 0.5)),
      max: Math.round(quantile(latencies, 1)),
      events: EVENTS,
    };
  } finally {
    await kiosks.closeOpen();
    await kiosks.close();
  }
}

/** Runs in the page. `nextPaint` resolves with the wall time of the next painted change of the first number. */
const watchNumber = `(() => {
  const paints = [];
  const waiting = [];
  new MutationObserver(() => requestAnimationFrame(() => requestAnimationFrame(() => {
    const at = performance.timeOrigin + performance.now();
    const resolve = waiting.shift();
    if (resolve) resolve(at); else paints.push(at);
  }))).observe(document.querySelector('.tile-value'), { characterData: true, childList: true, subtree: true });
  globalThis.nextPaint = () => paints.length > 0 ? Promise.resolve(paints.shift()) : new Promise((resolve) => waiting.push(resolve));
})()`;
