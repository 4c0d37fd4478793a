import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, test } from 'vitest';
import { loadReplayMapping, readReplay } from '../../appliance/intake/index.ts';
import { loadSiteFile } from '../../appliance/site-file/index.ts';
import { placesFor } from '../../drivers/sim/floor/layout.ts';
import { standingCell } from '../../drivers/sim/floor/map.ts';
import { inventoryCsv, slotSkus } from '../../drivers/sim/index.ts';
import { createLights, createRegisterMap } from '../../drivers/sim/serve/modbus-map.ts';
import { plcNodes } from '../../drivers/sim/serve/plc-nodes.ts';
import { createWorld } from '../../drivers/sim/world.ts';
import { demoFloor, readFloor, smallFloor } from './bench-world.ts';

const demoDir = new URL('../../appliance/demo', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** As the launcher does it. */
function fillIn(text: string): string {
  return text.replace(/\$\{([A-Z_]+)\}/g, (_, name: string) =>
    name === 'HTTP_PORT'
      ? '0'
      : name.endsWith('_PORT')
        ? '4321'
        : name === 'DEMO_DIR'
          ? demoDir
          : '/run/token',
  );
}
const path = join(dir, 'site.yaml');
writeFileSync(path, fillIn(readFileSync(join(demoDir, 'site.yaml'), 'utf8')));
const site = loadSiteFile(path);
const world = createWorld({
  map: readFloor(demoFloor),
  places: site.places,
  robots: site.devices.filter(({ driver }) => driver === 'rosbridge').length,
  speed: 1,
  seed: 1,
});
const tagsOf = (driver: string) =>
  site.devices.filter((device) => device.driver === driver).flatMap(({ tags }) => tags);

describe('the site file of the demo', () => {
  test('names variables that the PLC has, with their types and rights', () => {
    const nodes = plcNodes(world);
    const types = { boolean: 'Boolean', uint32: 'UInt32', string: 'String' } as Record<string, string>;
    for (const tag of tagsOf('opcua')) {
      const node = nodes.find(({ name }) => tag.address === `ns=1;s=${name}`);
      expect(node?.type, tag.name).toBe(types[tag.type]);
      if (tag.access === 'read-write') expect(node?.write, tag.name).toBeDefined();
    }
  });

  test('names registers that the drives have', () => {
    const map = createRegisterMap(world, createLights());
    const read = { coil: map.coil, discrete: map.discrete, holding: map.holding, input: map.input };
    for (const tag of tagsOf('modbus')) {
      const [table = '', address = ''] = tag.address.split(':');
      const reader = read[table as keyof typeof read];
      expect(reader(Number(address)), tag.name).toBeDefined();
      if (tag.type === 'float32') expect(reader(Number(address) + 1), tag.name).toBeDefined();
    }
  });

  test('names robots that are there', () => {
    const namespaces = site.devices.flatMap((device) =>
      device.driver === 'rosbridge' ? [device.connection.namespace] : [],
    );
    expect(namespaces).toEqual(world.robots.map(({ namespace }) => namespace));
  });

  test('has places that a robot can reach', () => {
    const from = world.robots[0]?.cell ?? -1;
    for (const place of site.places) {
      const cell = standingCell(world.map, place.x, place.y);
      expect(cell === from || world.route(from, cell, () => 0), place.id).not.toBeNull();
    }
  });
});

describe('the sample orders', () => {
  const inventory = parse<{ sku: string; place: string; quantity: string }>(
    readFileSync(join(demoDir, 'inventory.csv')),
    { columns: true },
  );

  test('are 200, of 1 to 6 lines, for articles that lie somewhere and lanes that are there', async () => {
    const items = await readReplay(
      join(demoDir, 'orders.csv'),
      loadReplayMapping(join(demoDir, 'orders-mapping.yaml')),
    );
    const orders = items.flatMap((item) => (item.kind === 'order' ? [item.order] : []));
    expect(orders).toHaveLength(200);
    const skus = new Set(inventory.map(({ sku }) => sku));
    for (const order of orders) {
      const lines = order.lines as { sku: string; quantity: number }[];
      expect(lines.length).toBeGreaterThanOrEqual(1);
      expect(lines.length).toBeLessThanOrEqual(6);
      for (const { sku } of lines) expect(skus, sku).toContain(sku);
      const lane = site.places.find(({ id }) => id === order.destination);
      expect(lane?.kind).toBe('packing');
    }
  });

  test('draw on a stock that lies on racks of the site', () => {
    for (const { sku, place } of inventory) {
      expect(site.places.find(({ id }) => id === place)?.kind, sku).toBe('rack');
    }
  });
});

describe('slotting', () => {
  const places = placesFor(smallFloor(), 2);
  const racks = places.filter(({ kind }) => kind === 'rack');

  test('goes round the racks, the same each time, and takes a SKU once', () => {
    const skus = Array.from({ length: racks.length + 3 }, (_, index) => `S${index}`);
    const stock = slotSkus([...skus, 'S0', 'S1'], places);
    expect(stock).toHaveLength(skus.length);
    expect(stock.map(({ place }) => place)).toEqual(skus.map((_, index) => racks[index % racks.length]?.id));
    expect(slotSkus(skus, places)).toEqual(stock);
  });

  test('writes a CSV that reads back, whatever the names are', () => {
    const stock = slotSkus(['plain', 'with,comma', 'with "quotes"'], places, 7);
    expect(
      parse(inventoryCsv(stock), {
        columns: true,
        cast: (value, { column }) => (column === 'quantity' ? Number(value) : value),
      }),
    ).toEqual(stock);
  });
});
