import type { Slot, Tie } from './slots.ts';

/** After so many turns the order hardly gets better. */
const SWEEPS = 12;

/** Orders each layer, in place, so that few ties cross: by the mean place of what a slot is tied to. */
export function orderLayers(layers: Slot[][], ties: readonly Tie[]): void {
  const up = Map.groupBy(ties, ({ to }) => to);
  const down = Map.groupBy(ties, ({ from }) => from);
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers, down);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    const downwards = sweep % 2 === 0;
    const order = downwards ? layers : layers.toReversed();
    for (const layer of order) {
      sortByMean(layer, layers, (slot) =>
        downwards ? (up.get(slot) ?? []).map(({ from }) => from) : (down.get(slot) ?? []).map(({ to }) => to),
      );
    }
    const count = crossings(layers, down);
    if (count >= fewest) continue;
    fewest = count;
    best = layers.map((layer) => [...layer]);
  }
  best.forEach((layer, index) => {
    layers[index] = layer;
  });
}

function sortByMean(
  layer: Slot[],
  layers: readonly (readonly Slot[])[],
  tiedTo: (slot: Slot) => readonly Slot[],
): void {
  const places = placesOf(layers);
  const means = new Map(
    layer.map((slot, place) => {
      const tied = tiedTo(slot);
      const sum = tied.reduce((total, other) => total + (places.get(other) ?? 0), 0);
      return [slot, tied.length === 0 ? place : sum / tied.length];
    }),
  );
  layer.sort((a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0));
}

const placesOf = (layers: readonly (readonly Slot[])[]): Map<Slot, number> =>
  new Map(layers.flatMap((layer) => layer.map((slot, place) => [slot, place] as const)));

/** Pairs of ties between two layers that cross each other. */
export function crossings(
  layers: readonly (readonly Slot[])[],
  down: ReadonlyMap<Slot, readonly Tie[]>,
): number {
  const places = placesOf(layers);
  let count = 0;
  for (const layer of layers) {
    const ends = layer.map((slot) => (down.get(slot) ?? []).map(({ to }) => places.get(to) ?? 0));
    ends.forEach((right, index) => {
      for (const left of ends.slice(0, index)) {
        for (const a of left) count += right.filter((b) => b < a).length;
      }
    });
  }
  return count;
}
