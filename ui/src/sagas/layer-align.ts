import type { Slot, Tie } from './slots.ts';

const SLOT_GAP = 28;
const SWEEPS = 16;

/** Gives each slot its `x`, in place: near what it is tied to, in the order of its layer, and none on another. */
export function alignLayers(layers: readonly (readonly Slot[])[], ties: readonly Tie[]): void {
  const up = Map.groupBy(ties, ({ to }) => to);
  const down = Map.groupBy(ties, ({ from }) => from);
  for (const layer of layers) spread(layer, centred(layer));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const downwards = sweep % 2 === 0;
    for (const layer of downwards ? layers : layers.toReversed()) {
      const wanted = layer.map((slot) => {
        const tied = downwards
          ? (up.get(slot) ?? []).map(({ from, weight }) => ({ x: from.x, weight }))
          : (down.get(slot) ?? []).map(({ to, weight }) => ({ x: to.x, weight }));
        const weight = tied.reduce((sum, tie) => sum + tie.weight, 0);
        return weight === 0 ? slot.x : tied.reduce((sum, tie) => sum + tie.x * tie.weight, 0) / weight;
      });
      spread(layer, wanted);
    }
  }
}

function centred(layer: readonly Slot[]): number[] {
  const total = layer.reduce((sum, { width }) => sum + width + SLOT_GAP, -SLOT_GAP);
  let left = -total / 2;
  return layer.map(({ width }) => {
    const x = left + width / 2;
    left += width + SLOT_GAP;
    return x;
  });
}

/**
 * Pushes apart what would overlap. Once to the right and once to the left: the mean of two arrangements in which
 * nothing overlaps is a third.
 */
function spread(layer: readonly Slot[], wanted: readonly number[]): void {
  const toRight = pushed(layer, wanted);
  const toLeft = pushed(
    layer.toReversed(),
    wanted.toReversed().map((x) => -x),
  )
    .toReversed()
    .map((x) => -x);
  layer.forEach((slot, index) => {
    slot.x = ((toRight[index] ?? 0) + (toLeft[index] ?? 0)) / 2;
  });
}

function pushed(layer: readonly Slot[], wanted: readonly number[]): number[] {
  let free = Number.NEGATIVE_INFINITY;
  return layer.map(({ width }, index) => {
    const x = Math.max(wanted[index] ?? 0, free + width / 2);
    free = x + width / 2 + SLOT_GAP;
    return x;
  });
}
