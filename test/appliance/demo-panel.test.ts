import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { DemoFaultId } from '#contracts/api.ts';
import { silentLog } from '#contracts/log.ts';
import { createDemoPanel, type DemoPanel, LOOK_MS } from '../../appliance/demo/panel.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

interface Program {
  readonly url: string;
  readonly broken: Map<string, string | null>;
  /** How often it was asked. */
  asked: number;
  end(): void;
}

/** The control port of a simulated site or of a stand-in region, as far as the panel reads it. */
async function startProgram(...ids: DemoFaultId[]): Promise<Program> {
  const broken = new Map<string, string | null>();
  const server = createServer((_, response) => {
    program.asked += 1;
    const faults = [...ids, 'dock-stuck'].map((id) => ({
      id,
      active: broken.has(id),
      target: broken.get(id) ?? null,
    }));
    response.end(JSON.stringify({ faults }));
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const program: Program = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    broken,
    asked: 0,
    end() {
      server.close();
      server.closeAllConnections();
    },
  };
  return program;
}

const brokenOn = (panel: DemoPanel) =>
  panel
    .faults()
    .filter(({ active }) => active)
    .map(({ id, target }) => [id, target]);

async function site() {
  const sim = await startProgram('e-stop', 'jam', 'wrong-sku');
  const region = await startProgram('uplink-cut');
  const clock: FakeClock = createFakeClock();
  const panel = createDemoPanel({ simUrl: sim.url, regionUrl: region.url });
  return { sim, region, clock, panel };
}

test('what was broken before the appliance started is shown as broken', async () => {
  const { sim, region, clock, panel } = await site();
  sim.broken.set('e-stop', null).set('jam', 'sorter');
  region.broken.set('uplink-cut', null);
  let changes = 0;
  panel.onChange(() => {
    changes += 1;
  });
  const stop = panel.follow(clock, silentLog);
  await until('all is known', () => brokenOn(panel).length === 3);
  expect(brokenOn(panel)).toEqual([
    ['uplink-cut', null],
    ['e-stop', null],
    ['jam', 'sorter'],
  ]);
  expect(changes).toBeGreaterThan(0);
  stop();
});

test('what mends itself is shown as whole at the next look, also while the region is away', async () => {
  const { sim, region, clock, panel } = await site();
  sim.broken.set('wrong-sku', 'amr-1');
  region.end();
  const stop = panel.follow(clock, silentLog);
  await until('the swap is known', () => brokenOn(panel).length === 1);
  sim.broken.clear();
  await until('it is whole', async () => {
    await clock.pass(LOOK_MS);
    return brokenOn(panel).length === 0;
  });
  stop();
});

test('a site that stopped asks nobody any more', async () => {
  const { sim, region, clock, panel } = await site();
  const stop = panel.follow(clock, silentLog);
  await until('both were asked', () => sim.asked + region.asked === 2);
  stop();
  for (let look = 0; look < 5; look += 1) {
    await clock.pass(LOOK_MS);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(sim.asked + region.asked).toBe(2);
});
