import { batch, computed, signal } from '@preact/signals';
import type { LiveMessage, LiveState, UplinkStatus } from '#contracts/api.ts';
import { type BacklogHistory, recordBacklog, SAMPLE_MS } from './backlog-history.ts';
import { serverNowMs } from './clock.ts';
import { type Feed, startFeed } from './live-feed.ts';
import type { LiveLink } from './live-link.ts';
import { applyChange } from './live-state.ts';
import { extendTrack, type Pose, placeAt, restingTrack, type Track } from './poses.ts';

/** The picture of the site in this browser. Pages read; only the feed below writes. */
const state = signal<LiveState | null>(null);
export const link = signal<LiveLink>({ state: 'connecting', attempt: 0 });
/** Changes only with the state; `link` itself changes with every frame that is heard. */
export const linkState = computed(() => link.value.state);
export const isLive = computed(() => linkState.value === 'live');
export const hasState = computed(() => state.value !== null);

/** A computed per collection: a moving robot does not redraw the order board. */
export const summary = computed(() => state.value?.summary ?? null);
export const orders = computed(() => state.value?.orders ?? []);
export const tasks = computed(() => state.value?.tasks ?? []);
export const robots = computed(() => state.value?.robots ?? []);
export const robotIds = computed(() => robots.value.map(({ robotId }) => robotId));
export const devices = computed(() => state.value?.devices ?? []);
export const interlocks = computed(() => state.value?.interlocks ?? []);
export const alarms = computed(() => state.value?.alarms ?? []);
export const uplinks = computed<UplinkStatus[]>(() => state.value?.uplinks ?? []);
export const faults = computed(() => state.value?.faults ?? []);
export const notices = computed(() => state.value?.notices ?? []);

/** Interlocks that hold something, those that miss their condition first. */
export const holding = computed(() =>
  interlocks.value
    .filter((interlock) => !interlock.met || interlock.needsReset)
    .sort((a, b) => Number(a.met) - Number(b.met)),
);
/** A robot that only waits to be let go on does not make the site a stopped one. */
export const isStopped = computed(() =>
  holding.value.length === 0
    ? summary.value?.stopped === true
    : holding.value.some((interlock) => !interlock.met),
);

export const backlogHistory = signal<BacklogHistory>(new Map());

/** Not signals: the map reads them on every animation frame. Monotonic milliseconds. */
const tracks = new Map<string, Track>();
const batteries = new Map<string, number>();
let poseOrder: string[] = [];

export const robotPlace = (robotId: string) => {
  const track = tracks.get(robotId);
  return track === undefined ? null : placeAt(track, performance.now());
};
export const robotBattery = (robotId: string, reported: number): number => batteries.get(robotId) ?? reported;

let feed: Feed | null = null;
let sampler: ReturnType<typeof setInterval> | undefined;

export function openSite(): void {
  if (feed !== null) return;
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  feed = startFeed(
    `${scheme}://${location.host}/api/v1/live`,
    { onLink: (next) => (link.value = next), onMessage: receive, onPoses: move },
    serverNowMs,
  );
  sampler = setInterval(() => {
    backlogHistory.value = recordBacklog(backlogHistory.value, uplinks.value, isLive.value, serverNowMs());
  }, SAMPLE_MS);
  window.addEventListener('online', retryNow);
}

export function closeSite(): void {
  feed?.close();
  feed = null;
  clearInterval(sampler);
  window.removeEventListener('online', retryNow);
  batch(() => {
    state.value = null;
    link.value = { state: 'connecting', attempt: 0 };
    backlogHistory.value = new Map();
  });
  tracks.clear();
  batteries.clear();
}

export function retryNow(): void {
  feed?.retryNow();
}

function receive(message: LiveMessage): void {
  if (message.kind === 'snapshot') {
    poseOrder = message.state.robots.map((robot) => robot.robotId);
    tracks.clear();
    batteries.clear();
    state.value = message.state;
  } else if (state.value !== null) {
    state.value = message.changes.reduce(applyChange, state.value);
  }
  for (const robot of state.value?.robots ?? []) {
    // Poses come ten times a second; a row of the collection only fills in where there are none.
    if (!tracks.has(robot.robotId)) tracks.set(robot.robotId, restingTrack(robot, performance.now()));
  }
}

function move(poses: readonly Pose[]): void {
  const nowMs = performance.now();
  for (const pose of poses) {
    const robotId = poseOrder[pose.index];
    if (robotId === undefined) continue;
    const track = tracks.get(robotId);
    tracks.set(robotId, track === undefined ? restingTrack(pose, nowMs) : extendTrack(track, pose, nowMs));
    batteries.set(robotId, pose.battery);
  }
}
