import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Floor } from '#contracts/api.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { SiteFile } from '#contracts/site-file.ts';

export const MAP_CELLS_MAX = 4_000_000;

/**
 * Reads the floor of a site. Without a map the plan is the rectangle around its places.
 *
 * Source: octile format of the MovingAI benchmarks: "type octile", "height h", "width w", "map", then rows.
 * Errors: CFG_INVALID when the map cannot be read.
 */
export function readFloorPlan(siteFile: SiteFile, sitePath: string): Floor {
  const { map, metresPerCell } = siteFile.site;
  if (map === undefined) return emptyFloor(siteFile);
  const file = resolve(dirname(sitePath), map);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw mapError(map, 'cannot be read', 'Put it beside the site file, or leave site.map out.');
  }
  const { width, height, rows } = parseMap(text, map);
  return { width, height, metresPerCell, rows, places: siteFile.places };
}

export function parseMap(text: string, name: string): { width: number; height: number; rows: string[] } {
  const lines = text.split(/\r?\n/);
  const start = lines.indexOf('map');
  const field = (key: string) =>
    Number(
      lines
        .slice(0, Math.max(0, start))
        .find((line) => line.startsWith(`${key} `))
        ?.slice(key.length + 1),
    );
  const [width, height] = [field('width'), field('height')];
  if (start < 0 || !Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw mapError(
      name,
      'is not in octile format',
      'It begins with "type octile", "height h", "width w", "map".',
    );
  }
  if (width * height > MAP_CELLS_MAX)
    throw mapError(name, `has more than ${MAP_CELLS_MAX} cells`, 'Use larger cells.');
  const rows = lines.slice(start + 1, start + 1 + height);
  const wrong = rows.findIndex((row) => row.length !== width);
  if (rows.length !== height || wrong >= 0) {
    throw mapError(
      name,
      `row ${wrong < 0 ? rows.length : wrong} does not have ${width} cells`,
      'Compare it with its header.',
    );
  }
  return { width, height, rows };
}

const mapError = (file: string, problem: string, cure: string, path = 'site.map') =>
  new ApplianceError('CFG_INVALID', { file, line: 1, column: 1, path, problem, cure });

function emptyFloor(siteFile: SiteFile): Floor {
  const { metresPerCell } = siteFile.site;
  const cells = (metres: number) => Math.ceil(metres / metresPerCell) + 2;
  const width = cells(Math.max(8, ...siteFile.places.map((place) => place.x)));
  const height = cells(Math.max(8, ...siteFile.places.map((place) => place.y)));
  if (width * height > MAP_CELLS_MAX) {
    const problem = `the places span more than ${MAP_CELLS_MAX} cells`;
    throw mapError(
      'site file',
      problem,
      'Correct the place that is far away, or use larger cells.',
      'places',
    );
  }
  return {
    width,
    height,
    metresPerCell,
    rows: Array(height).fill('.'.repeat(width)),
    places: siteFile.places,
  };
}
