import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { lightLamp } from '../support/floor-commands.ts';
import { CELL } from '../support/floor-site.ts';
import { releasedSlave, startTestFloor } from '../support/test-floor.ts';
import { until } from '../support/until.ts';

test('a field thread that dies is started again; meanwhile nothing of it looks fresh', async () => {
  const lamp = await releasedSlave();
  const fields: Worker[] = [];
  const { floor, tags, links, commands } = await startTestFloor({
    lampPort: lamp.port,
    spawn(entry, options) {
      const worker = new Worker(entry, options);
      if (options.name === 'holdfast-field') fields.push(worker);
      return worker;
    },
  });
  await until('the lamp is read', () => tags.get('lamps/green')?.quality.level === 'good');

  // The lamp never answers the next write, so that the command is under way when the thread dies.
  lamp.answering = (_request, right) => (right.readUInt8(7) === 5 ? null : right);
  const underWay = floor.submit(lightLamp());
  await until('the gate has told it', () => commands.some(({ state }) => state === 'dispatched'));
  await fields[0]?.terminate();
  expect(await underWay).toMatchObject({ state: 'unknown' });
  expect(tags.get('lamps/green')).toMatchObject({
    quality: { level: 'bad', reason: expect.stringContaining('field thread ended') },
  });
  expect(links.get('lamps')).toMatchObject({ state: 'down' });

  lamp.answering = (_request, right) => right;
  await until('the lamp is read again', () => tags.get('lamps/green')?.quality.level === 'good');
  expect(fields).toHaveLength(2);
  expect(await floor.submit(lightLamp())).toMatchObject({ state: 'verified' });
  expect(lamp.bits.coil[CELL.lamp]).toBe(true);
});
