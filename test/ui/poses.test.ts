import { expect, test } from 'vitest';
import { decodePoses, extendTrack, placeAt, restingTrack, shortestTurn } from '../../ui/src/data/poses.ts';

function frame(count: number, version = 1, cut = 0): ArrayBuffer {
  const bytes = new ArrayBuffer(2 + count * 18 - cut);
  const view = new DataView(bytes);
  view.setUint8(0, version);
  view.setUint8(1, count);
  for (let row = 0; row < count && cut === 0; row += 1) {
    view.setUint8(2 + row * 18, row + 3);
    view.setUint8(3 + row * 18, 1);
    [1.5, 2.5, Math.PI, 0.25].forEach((value, index) => {
      view.setFloat32(4 + row * 18 + index * 4, value, true);
    });
  }
  return bytes;
}

test('a frame gives index, flags and four numbers per robot', () => {
  const [pose] = decodePoses(frame(2)) ?? [];
  expect(pose).toMatchObject({ index: 3, moving: true, x: 1.5, y: 2.5, battery: 0.25 });
  expect(pose?.heading).toBeCloseTo(Math.PI, 5);
  expect(decodePoses(frame(0))).toEqual([]);
});

test('a frame of another version or length is dropped', () => {
  expect(decodePoses(frame(1, 2))).toBeNull();
  expect(decodePoses(frame(2, 1, 5))).toBeNull();
  expect(decodePoses(new ArrayBuffer(1))).toBeNull();
});

test('a robot glides between two reports and never past the last one', () => {
  const start = restingTrack({ x: 0, y: 0, heading: 0 }, 0);
  const track = extendTrack(start, { x: 1, y: 0, heading: 0 }, 100);
  expect(placeAt(track, 150).x).toBeCloseTo(0.5);
  expect(placeAt(track, 200).x).toBe(1);
  expect(placeAt(track, 9_999).x).toBe(1);
});

test('a robot that jumps or was silent is put where it is at once', () => {
  const start = restingTrack({ x: 0, y: 0, heading: 0 }, 0);
  expect(placeAt(extendTrack(start, { x: 9, y: 0, heading: 0 }, 100), 100).x).toBe(9);
  expect(placeAt(extendTrack(start, { x: 1, y: 0, heading: 0 }, 5_000), 5_000).x).toBe(1);
});

test('a robot turns the short way round', () => {
  expect(shortestTurn(3, -3)).toBeCloseTo(2 * Math.PI - 6);
  expect(shortestTurn(-3, 3)).toBeCloseTo(6 - 2 * Math.PI);
  expect(shortestTurn(0, 1)).toBe(1);
});
