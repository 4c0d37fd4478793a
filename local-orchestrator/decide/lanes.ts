import type { Group, Lane } from './state.ts';

/** The lane of the saga itself. */
export const ROOT: Lane = '';

/** A way of a parallel or an each: by the id of the way, or the index of the item. */
export const wayLane = (group: Pick<Group, 'lane' | 'node' | 'visit'>, way: string | number): Lane =>
  `${group.lane}/${group.node}.${group.visit}.${way}`;

/** A pass of a loop, counted from 0. */
export const passLane = (group: Pick<Group, 'lane' | 'node' | 'visit'>, pass: number): Lane =>
  `${group.lane}/${group.node}.${group.visit}#${pass}`;

export const isWithin = (lane: Lane, scope: Lane): boolean =>
  lane === scope || (lane.startsWith(scope) && lane[scope.length] === '/');

/** Whether what happened in `lane` is known in `from`: above it, in it and below it, never beside it. */
export const isKnownIn = (lane: Lane, from: Lane): boolean => isWithin(from, lane) || isWithin(lane, from);

export interface Place {
  /** Lane that the group is in. */
  readonly parent: Lane;
  readonly node: string;
  readonly visit: number;
  /** Id of the way, or index of the item or pass. */
  readonly way: string;
}

const SEGMENT = /^([^.]+)\.(\d+)[.#](.+)$/;

/** The group that a lane is a way of; null for the saga itself. */
export function placeOf(lane: Lane): Place | null {
  const cut = lane.lastIndexOf('/');
  const [, node, visit, way] = SEGMENT.exec(lane.slice(cut + 1)) ?? [];
  if (node === undefined || way === undefined) return null;
  return { parent: lane.slice(0, cut), node, visit: Number(visit), way };
}

/**
 * Whether one of the two came before the other. All lanes are ordered, above and below, pass after pass and
 * group after group, but for the ways of one parallel or each: those run side by side.
 */
export function areOrdered(one: Lane, other: Lane): boolean {
  if (isKnownIn(one, other)) return true;
  const others = other.split('/');
  const at = one.split('/').findIndex((segment, index) => segment !== others[index]);
  return sideOf(one.split('/')[at] ?? '') !== sideOf(others[at] ?? '');
}

/** What a segment stands beside: ways share it, passes have their own. */
const sideOf = (segment: string): string =>
  segment.includes('#') ? segment : segment.slice(0, segment.indexOf('.', segment.indexOf('.') + 1));
