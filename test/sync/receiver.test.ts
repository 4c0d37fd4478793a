import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lane } from '#contracts/events/envelope.ts';
import { SYNC_FRAMES_PATH, SYNC_MARKS_PATH } from '#contracts/sync.ts';
import { gapLine } from '../../sync/frame.ts';
import { encodeFrame, eventLine, type FramePlan } from '../../sync/index.ts';
import { readTokenFile } from '../../sync/regional/index.ts';
import { someEvent } from './events.ts';
import { kept, OTHER_TOKEN, READER_TOKEN, type Region, SITE_TOKEN, startRegion } from './region.ts';

let region: Region;
beforeAll(async () => {
  region = await startRegion({ frameBytesMax: 100_000, rawBytesMax: 400_000 });
});
afterAll(() => region.close());

let epochs = 0;
const freshEpoch = () => `receiver-${++epochs}`;

function plan(epoch: string, first: number, count: number, changes: Partial<FramePlan> = {}): FramePlan {
  const lane: Lane = changes.lane ?? 'business';
  const lines = Array.from({ length: count }, (_, index) =>
    eventLine(first + index, JSON.stringify(someEvent(lane))),
  );
  return {
    site: 'lab',
    epoch,
    lane,
    firstSequence: first,
    lastSequence: first + count - 1,
    ndjson: lines.join(''),
    ...changes,
  };
}

async function post(body: Buffer, token: string | null = SITE_TOKEN) {
  const response = await fetch(`${region.directUrl}${SYNC_FRAMES_PATH}`, {
    method: 'POST',
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    body: new Uint8Array(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The frame with another header, so that only the header lies. */
function withHeader(frame: Buffer, changes: Record<string, unknown>): Buffer {
  const end = frame.indexOf(0x0a);
  const header = JSON.parse(frame.toString('utf8', 0, end)) as object;
  return Buffer.concat([
    Buffer.from(`${JSON.stringify({ ...header, ...changes })}\n`),
    frame.subarray(end + 1),
  ]);
}

test('a frame is stored once, however often it comes', async () => {
  const epoch = freshEpoch();
  const frame = await encodeFrame(plan(epoch, 1, 20), 'zstd');
  for (let times = 0; times < 3; times += 1) {
    expect(await post(frame)).toMatchObject({ status: 200, body: { epoch, lane: 'business', sequence: 20 } });
  }
  expect(await kept(region.directUrl, 'business', epoch)).toHaveLength(20);
});

test('gzip is understood as well, and what overlaps is stored once', async () => {
  const epoch = freshEpoch();
  const whole = plan(epoch, 1, 30);
  const lines = whole.ndjson.split('\n');
  const part = { ...whole, lastSequence: 20, ndjson: `${lines.slice(0, 20).join('\n')}\n` };
  expect((await post(await encodeFrame(part, 'gzip'))).status).toBe(200);
  expect(await post(await encodeFrame(whole, 'gzip'))).toMatchObject({ status: 200, body: { sequence: 30 } });
  expect(await kept(region.directUrl, 'business', epoch)).toHaveLength(30);
});

test('a gap is refused with the mark to go on from', async () => {
  const epoch = freshEpoch();
  await post(await encodeFrame(plan(epoch, 1, 5), 'zstd'));
  const answer = await post(await encodeFrame(plan(epoch, 7, 5), 'zstd'));
  expect(answer).toMatchObject({ status: 409, body: { code: 'SYNC_GAP', sequence: 5, lane: 'business' } });
  expect(await kept(region.directUrl, 'business', epoch)).toHaveLength(5);
});

test('another event under a number that is taken is found out', async () => {
  const epoch = freshEpoch();
  await post(await encodeFrame(plan(epoch, 1, 5), 'zstd'));
  const answer = await post(await encodeFrame(plan(epoch, 5, 5), 'zstd'));
  expect(answer).toMatchObject({ status: 422, body: { code: 'SYNC_CONFLICT' } });
  expect(await kept(region.directUrl, 'business', epoch)).toHaveLength(5);
});

test('a hole counts as numbers and keeps its reason', async () => {
  const epoch = freshEpoch();
  const ndjson =
    eventLine(1, JSON.stringify(someEvent('business'))) +
    gapLine(2, 40, 'gone') +
    eventLine(41, JSON.stringify(someEvent('business')));
  const frame = await encodeFrame(plan(epoch, 1, 1, { ndjson, lastSequence: 41 }), 'zstd');
  expect(await post(frame)).toMatchObject({ status: 200, body: { sequence: 41 } });
  const records = await kept(region.directUrl, 'business', epoch);
  expect(records.map(({ sequence, through, gap }) => [sequence, through, gap])).toEqual([
    [1, undefined, undefined],
    [2, 40, 'gone'],
    [41, undefined, undefined],
  ]);
});

test('frames that follow one another without waiting are stored in order', async () => {
  const epoch = freshEpoch();
  const frames = await Promise.all(
    [1, 11, 21, 31].map((first) => encodeFrame(plan(epoch, first, 10), 'zstd')),
  );
  const socket = connect(Number(new URL(region.directUrl).port), '127.0.0.1');
  for (const frame of frames) {
    socket.write(
      `POST ${SYNC_FRAMES_PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${SITE_TOKEN}\r\n` +
        `content-length: ${frame.length}\r\n\r\n`,
    );
    socket.write(frame);
  }
  let text = '';
  while ((text.match(/200 OK/g) ?? []).length < 4 && !text.includes(' 4')) {
    text += String((await once(socket, 'data'))[0]);
  }
  socket.destroy();
  expect(text.match(/"sequence":\d+/g)).toEqual([10, 20, 30, 40].map((mark) => `"sequence":${mark}`));
});

describe('refusals', () => {
  const broken: [string, (frame: Buffer) => Buffer, number, string][] = [
    ['no header line', () => Buffer.alloc(5_000, 0x20), 400, 'SYNC_FRAME_DAMAGED'],
    ['a header that is not JSON', () => Buffer.from('{nonsense\nx'), 400, 'SYNC_FRAME_DAMAGED'],
    ['an unknown version', (frame) => withHeader(frame, { version: 2 }), 400, 'SYNC_VERSION_UNKNOWN'],
    [
      'an unknown encoding',
      (frame) => withHeader(frame, { encoding: 'brotli' }),
      415,
      'SYNC_ENCODING_UNKNOWN',
    ],
    ['an unknown lane', (frame) => withHeader(frame, { lane: 'gossip' }), 400, 'SYNC_FRAME_DAMAGED'],
    ['a missing tail', (frame) => frame.subarray(0, -3), 400, 'SYNC_FRAME_DAMAGED'],
    ['a wrong digest', (frame) => withHeader(frame, { sha256: 'a'.repeat(64) }), 400, 'SYNC_FRAME_DAMAGED'],
    [
      'a flipped bit',
      (frame) => {
        const copy = Buffer.from(frame);
        copy[copy.length - 5] = (copy[copy.length - 5] ?? 0) ^ 1;
        return copy;
      },
      400,
      'SYNC_FRAME_DAMAGED',
    ],
    ['a bomb', (frame) => withHeader(frame, { rawBytes: 10 }), 400, 'SYNC_FRAME_DAMAGED'],
    ['a bomb that says so', (frame) => withHeader(frame, { rawBytes: 400_001 }), 413, 'SYNC_FRAME_TOO_LARGE'],
    ['too many bytes', () => Buffer.alloc(100_001), 413, 'SYNC_FRAME_TOO_LARGE'],
    ['numbers that do not fit', (frame) => withHeader(frame, { lastSequence: 6 }), 400, 'SYNC_FRAME_DAMAGED'],
    ['another first number', (frame) => withHeader(frame, { firstSequence: 2 }), 400, 'SYNC_RECORD_INVALID'],
    ["another lane's events", (frame) => withHeader(frame, { lane: 'safety' }), 400, 'SYNC_RECORD_INVALID'],
    ["another site's name", (frame) => withHeader(frame, { site: 'other' }), 403, 'SYNC_TOKEN_WRONG'],
  ];
  test.each(broken)('%s', async (_name, spoil, status, code) => {
    const epoch = freshEpoch();
    const frame = await encodeFrame(plan(epoch, 1, 5), 'zstd');
    expect(await post(spoil(frame))).toMatchObject({ status, body: { status, code } });
    expect(await kept(region.directUrl, 'business', epoch)).toEqual([]);
    // What is refused leaves no trace: the right frame is taken as if nothing had been.
    expect((await post(frame)).status).toBe(200);
  });

  test.each([
    ['not JSON', '{"sequence":1,"event":{\n'],
    ['not an event', '{"sequence":1,"event":{"id":"x"}}\n'],
    ['neither event nor hole', '{"sequence":1}\n'],
    ['a hole out of the frame', '{"sequence":1,"through":9,"gap":"gone"}\n'],
  ])('a record that is %s', async (_name, ndjson) => {
    const frame = await encodeFrame(plan(freshEpoch(), 1, 1, { ndjson }), 'zstd');
    expect(await post(frame)).toMatchObject({ status: 400, body: { code: 'SYNC_RECORD_INVALID' } });
  });

  test('nobody comes in without a token, and a site only under its own name', async () => {
    const frame = await encodeFrame(plan(freshEpoch(), 1, 1), 'zstd');
    expect((await post(frame, null)).status).toBe(401);
    expect((await post(frame, 'a-token-that-is-made-up')).status).toBe(401);
    expect((await post(frame, OTHER_TOKEN)).status).toBe(403);
    expect((await post(frame, READER_TOKEN)).status).toBe(403);
    const get = async (path: string, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await fetch(`${region.directUrl}${path}`, { headers })).status;
    };
    expect(await get('/healthz')).toBe(200);
    expect(await get('/regional/v1/sites')).toBe(401);
    expect(await get('/regional/v1/sites', READER_TOKEN)).toBe(200);
    expect(await get('/regional/v1/stats', READER_TOKEN)).toBe(200);
    expect(await get('/regional/v1/events?site=lab&lane=business', OTHER_TOKEN)).toBe(403);
    expect(await get('/regional/v1/events?site=lab&lane=gossip', READER_TOKEN)).toBe(400);
    expect(await get('/regional/v1/events?site=lab&lane=audit&limit=0', READER_TOKEN)).toBe(400);
    expect(await get(`${SYNC_MARKS_PATH}?site=lab&epoch=x`, OTHER_TOKEN)).toBe(403);
    expect(await get(`${SYNC_MARKS_PATH}?site=lab&epoch=x`, SITE_TOKEN)).toBe(200);
    expect(await get('/anything', SITE_TOKEN)).toBe(404);
  });
});

test('a site sees only its own streams, a reader all', async () => {
  const epoch = freshEpoch();
  await post(await encodeFrame(plan(epoch, 1, 1), 'zstd'));
  await post(await encodeFrame(plan(epoch, 1, 1, { site: 'other' }), 'zstd'), OTHER_TOKEN);
  const sites = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${region.directUrl}/regional/v1/sites`, { headers });
    const { streams } = (await response.json()) as { streams: { site: string; epoch: string }[] };
    return streams.filter((stream) => stream.epoch === epoch).map(({ site }) => site);
  };
  expect(await sites(READER_TOKEN)).toEqual(['lab', 'other']);
  expect(await sites(OTHER_TOKEN)).toEqual(['other']);
});

test.each([
  ['is not JSON', '{'],
  ['has a short token', '{"sites":{"lab":"short"}}'],
  ['has a typo', '{"site":{"lab":"a-long-enough-token"}}'],
])('a token file that %s is refused with words', (_name, text) => {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-tokens-')), 'tokens.json');
  writeFileSync(file, text);
  expect(() => readTokenFile(file)).toThrow(expect.objectContaining({ code: 'SYNC_TOKEN_FILE' }));
});
