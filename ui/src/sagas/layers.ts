import { alignLayers } from './layer-align.ts';
import { orderLayers } from './layer-order.ts';
import type { Slot, Tie } from './slots.ts';

/** What is placed: a node, or a block of ways that has been laid out before. Pixels. */
export interface Unit {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}
/** What connects them. Heavy links are kept straight. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly weight: number;
  /** Links of one lot that go to the same unit share their way there. */
  readonly lot: string;
  /** Room for its words where it first bends. */
  readonly wordsWidth: number;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Placed {
  /** Left upper corners by unit, and where its layer begins and ends. */
  readonly corners: ReadonlyMap<string, Point & { readonly layerTop: number; readonly layerBottom: number }>;
  /** By link: what it passes on its way, or null when it leads back up. */
  readonly bends: readonly (readonly Point[] | null)[];
  readonly width: number;
  readonly height: number;
}

export const LAYER_GAP = 54;
const BEND_WIDTH = 18;

/**
 * Places units top-down: each in the layer after the last of those that lead to it. Links that lead back do not
 * count. Pure, and the same for the same input.
 */
export function placeInLayers(units: readonly Unit[], links: readonly Link[]): Placed {
  const back = linksBack(units, links);
  const depth = depths(
    units,
    links.filter((_, index) => !back.has(index)),
  );
  const layers: Slot[][] = [];
  const add = (layer: number, slot: Slot): Slot => {
    while (layers.length <= layer) layers.push([]);
    layers[layer]?.push(slot);
    return slot;
  };
  const slots = new Map(units.map((unit) => [unit.id, add(depth.get(unit.id) ?? 0, { ...unit, x: 0 })]));
  const ties: Tie[] = [];
  const bends = new Map<string, Slot>();
  const passed = links.map((link, index): Slot[] | null => {
    const from = slots.get(link.from);
    const to = slots.get(link.to);
    if (back.has(index) || from === undefined || to === undefined) return null;
    const way: Slot[] = [];
    const end = depth.get(link.to) ?? 0;
    for (let layer = (depth.get(link.from) ?? 0) + 1; layer < end; layer += 1) {
      const id = `${link.lot} ${link.to} ${layer}`;
      const bend = bends.get(id) ?? add(layer, { id, width: BEND_WIDTH, height: 0, x: 0 });
      if (way.length === 0) bend.width = Math.max(bend.width, link.wordsWidth);
      bends.set(id, bend);
      way.push(bend);
    }
    [from, ...way].forEach((slot, step) => {
      ties.push({ from: slot, to: way[step] ?? to, weight: link.weight });
    });
    return way;
  });
  orderLayers(layers, ties);
  alignLayers(layers, ties);
  return measure(layers, slots, passed);
}

/** Links that close a circle, seen from the first unit on. */
function linksBack(units: readonly Unit[], links: readonly Link[]): Set<number> {
  const out = Map.groupBy([...links.entries()], ([, link]) => link.from);
  const state = new Map<string, 'open' | 'left'>();
  const back = new Set<number>();
  const visit = (id: string): void => {
    state.set(id, 'open');
    for (const [index, { to }] of out.get(id) ?? []) {
      if (state.get(to) === 'open') back.add(index);
      else if (!state.has(to)) visit(to);
    }
    state.set(id, 'left');
  };
  for (const { id } of units) if (!state.has(id)) visit(id);
  return back;
}

/** The longest way to each unit, in links. */
function depths(units: readonly Unit[], links: readonly Link[]): Map<string, number> {
  const into = Map.groupBy(links, ({ to }) => to);
  const known = new Map<string, number>();
  const depthOf = (id: string): number => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const depth = Math.max(-1, ...(into.get(id) ?? []).map(({ from }) => depthOf(from))) + 1;
    known.set(id, depth);
    return depth;
  };
  for (const { id } of units) depthOf(id);
  return known;
}

function measure(
  layers: readonly (readonly Slot[])[],
  slots: ReadonlyMap<string, Slot>,
  passed: readonly (readonly Slot[] | null)[],
): Placed {
  const all = layers.flat();
  if (all.length === 0) return { corners: new Map(), bends: [], width: 0, height: 0 };
  const left = Math.min(...all.map(({ x, width }) => x - width / 2));
  const right = Math.max(...all.map(({ x, width }) => x + width / 2));
  const tops = new Map<Slot, { top: number; height: number }>();
  let top = 0;
  for (const layer of layers) {
    const height = Math.max(0, ...layer.map((slot) => slot.height));
    for (const slot of layer) tops.set(slot, { top, height });
    top += height + LAYER_GAP;
  }
  const topOf = (slot: Slot) => tops.get(slot) ?? { top: 0, height: 0 };
  const bendsOf = (slot: Slot): Point[] => {
    const { top: y, height } = topOf(slot);
    return [
      { x: slot.x - left, y },
      { x: slot.x - left, y: y + height },
    ];
  };
  return {
    corners: new Map(
      [...slots].map(([id, slot]) => {
        const { top: y, height } = topOf(slot);
        return [id, { x: slot.x - slot.width / 2 - left, y, layerTop: y, layerBottom: y + height }];
      }),
    ),
    bends: passed.map((way) => way?.flatMap(bendsOf) ?? null),
    width: right - left,
    height: Math.max(0, top - LAYER_GAP),
  };
}
