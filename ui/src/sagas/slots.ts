/** A place in a layer: a unit, or a bend of a link that passes by. `x` is of its middle. Pixels. */
export interface Slot {
  readonly id: string;
  width: number;
  readonly height: number;
  x: number;
}
/** What is connected from one layer to the next. Heavy ties are kept straight. */
export interface Tie {
  readonly from: Slot;
  readonly to: Slot;
  readonly weight: number;
}
