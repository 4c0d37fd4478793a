/** Where a robot is, in metres and radians of the map's frame. Battery from 0 to 1. */
export interface Pose {
  readonly index: number;
  readonly moving: boolean;
  readonly x: number;
  readonly y: number;
  readonly heading: number;
  readonly battery: number;
}

const VERSION = 1;
const HEADER_BYTES = 2;
const POSE_BYTES = 18;
const FLAG_MOVING = 0b1;

/**
 * Reads one binary frame of the live feed.
 *
 * Shape:  uint8 version, uint8 count, then per robot uint8 index, uint8 flags, 4 × float32 little-endian.
 * Unit:   m, m, rad, 0 to 1.
 * Errors: null for a frame of another version or a wrong length; the frame is dropped.
 * Source: contracts/api.ts, LiveState.
 */
export function decodePoses(frame: ArrayBuffer): Pose[] | null {
  const view = new DataView(frame);
  if (view.byteLength < HEADER_BYTES || view.getUint8(0) !== VERSION) return null;
  const count = view.getUint8(1);
  if (view.byteLength !== HEADER_BYTES + count * POSE_BYTES) return null;
  return Array.from({ length: count }, (_, row) => {
    const at = HEADER_BYTES + row * POSE_BYTES;
    return {
      index: view.getUint8(at),
      moving: (view.getUint8(at + 1) & FLAG_MOVING) !== 0,
      x: view.getFloat32(at + 2, true),
      y: view.getFloat32(at + 6, true),
      heading: view.getFloat32(at + 10, true),
      battery: view.getFloat32(at + 14, true),
    };
  });
}

/** Two known places of a robot and when this page learned of them. */
export interface Track {
  readonly from: Place;
  readonly to: Place;
  readonly fromMs: number;
  readonly toMs: number;
}
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly heading: number;
}

/** A jump longer than this is a correction, not a drive: show it at once. */
const GLIDE_M_MAX = 3;
/** A robot that was silent for longer does not glide over the gap. */
const GLIDE_MS_MAX = 1_000;

export const restingTrack = (place: Place, nowMs: number): Track => ({
  from: place,
  to: place,
  fromMs: nowMs,
  toMs: nowMs,
});

/** Starts from where the robot is drawn now, so that it never jumps back. */
export function extendTrack(track: Track, to: Place, nowMs: number): Track {
  const from = placeAt(track, nowMs);
  const gapMs = nowMs - track.fromMs;
  const far = Math.hypot(to.x - from.x, to.y - from.y) > GLIDE_M_MAX;
  if (far || gapMs > GLIDE_MS_MAX || gapMs <= 0) return restingTrack(to, nowMs);
  return { from, to, fromMs: nowMs, toMs: nowMs + gapMs };
}

/** Where to draw it now. Never past what was reported: a guess about a robot would be a lie. */
export function placeAt(track: Track, nowMs: number): Place {
  const span = track.toMs - track.fromMs;
  const part = span <= 0 ? 1 : Math.min(1, Math.max(0, (nowMs - track.fromMs) / span));
  return {
    x: track.from.x + (track.to.x - track.from.x) * part,
    y: track.from.y + (track.to.y - track.from.y) * part,
    heading: track.from.heading + shortestTurn(track.from.heading, track.to.heading) * part,
  };
}

/** Radians from one heading to another, the short way round. */
export function shortestTurn(from: number, to: number): number {
  const turn = (to - from) % (2 * Math.PI);
  if (turn > Math.PI) return turn - 2 * Math.PI;
  if (turn < -Math.PI) return turn + 2 * Math.PI;
  return turn;
}
