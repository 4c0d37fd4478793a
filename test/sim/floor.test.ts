import { describe, expect, test } from 'vitest';
import { isApplianceError } from '#contracts/errors.ts';
import { placesFor } from '../../drivers/sim/floor/layout.ts';
import { cellAt, middleOf, parseFloorMap, standingCell } from '../../drivers/sim/floor/map.ts';
import { createRouter } from '../../drivers/sim/floor/route.ts';
import { createWorld } from '../../drivers/sim/world.ts';
import { smallFloor } from './bench-world.ts';

const head = (height: number, width: number) => ['type octile', `height ${height}`, `width ${width}`, 'map'];

describe('a floor', () => {
  test.each([
    ['type', ['type hex'], 1],
    ['height', ['type octile', 'height x'], 2],
    ['width', ['type octile', 'height 2', 'width 0'], 3],
    ['size', head(100_000, 100_000), 3],
    ['short row', [...head(2, 3), '...', '..'], 6],
    ['missing row', [...head(2, 3), '...'], 6],
    ['strange cell', [...head(1, 3), '.x.'], 5],
    ['no room', [...head(1, 3), '@T@'], 5],
  ])('with a wrong %s is refused, and the line is named', (_, lines, line) => {
    try {
      parseFloorMap(lines.join('\n'));
      expect.unreachable();
    } catch (error) {
      expect(isApplianceError(error, 'DRV_SIM_MAP') && error.details.line).toBe(line);
    }
  });

  test('reads what Windows wrote', () => {
    expect(parseFloorMap([...head(1, 3), '.T.'].join('\r\n')).free).toEqual(Uint8Array.of(1, 0, 1));
  });

  test('places lie in the middle of cells, whatever the size of a cell', () => {
    const map = parseFloorMap([...head(2, 3), '...', '...'].join('\n'), 0.5);
    expect(middleOf(map, 4)).toEqual({ x: 0.75, y: 0.75 });
    expect(cellAt(map, 0.75, 0.75)).toBe(4);
    expect(cellAt(map, 99, -5)).toBe(2);
  });

  test('a place on a rack is served from the aisle beside it', () => {
    const map = smallFloor();
    expect(standingCell(map, 3.5, 2.5)).toBe(cellAt(map, 3.5, 1.5));
    expect(standingCell(map, 4.5, 3.5)).toBe(cellAt(map, 4.5, 4.5));
  });
});

describe('routes', () => {
  const map = smallFloor();
  const route = createRouter(map);
  const at = (x: number, y: number) => y * map.width + x;

  test('are as short as the floor allows and step from cell to cell', () => {
    const found = route(at(1, 1), at(14, 9), () => 0) ?? [];
    expect(found).toHaveLength(13 + 8);
    let last = at(1, 1);
    for (const cell of found) {
      expect([1, map.width]).toContain(Math.abs(cell - last));
      expect(map.free[cell]).toBe(1);
      last = cell;
    }
  });

  test('go around walls, and are null where there is no way', () => {
    expect(route(at(4, 1), at(4, 4), () => 0)?.length).toBeGreaterThan(3);
    const wall = (cell: number) => (cell % map.width === 2 ? Number.POSITIVE_INFINITY : 0);
    expect(route(at(1, 1), at(14, 9), wall)).toBeNull();
    expect(route(at(1, 1), at(3, 2), () => 0)).toBeNull();
  });

  test('do not step out at the edges of an open floor', () => {
    const open = parseFloorMap([...head(2, 3), '...', '...'].join('\n'));
    // Cells 2 and 3 are neighbours in memory, not on the floor.
    expect(createRouter(open)(2, 3, () => 0)).toHaveLength(3);
  });
});

test('a site without induct, packing or reject is refused', () => {
  const map = smallFloor();
  const places = placesFor(map, 2);
  for (const kind of ['induct', 'packing', 'reject']) {
    const options = {
      map,
      robots: 1,
      speed: 1,
      seed: 1,
      places: places.filter((place) => place.kind !== kind),
    };
    expect(() => createWorld(options)).toThrow('Places:');
  }
});
