import type { Link, RobotState } from '#contracts/devices.ts';
import type { TagSample } from '#contracts/tags.ts';

/** What a thread has seen since it last told. */
export interface FeedBatch {
  readonly samples: readonly TagSample[];
  readonly links: readonly (readonly [device: string, link: Link])[];
  readonly robots: readonly RobotState[];
}

/** Samples that may wait in order. Past it only the newest of each tag is kept: memory stays, history thins out. */
export const SAMPLES_WAITING_MAX = 20_000;

export interface Feed {
  tags(samples: readonly TagSample[]): void;
  link(device: string, link: Link): void;
  robot(state: RobotState): void;
  /** Sends what waits, unless the last batch has not been taken yet. */
  flush(): void;
  /** The other side has worked off the last batch. */
  taken(): void;
}

/**
 * Carries samples, links and robots to the main thread, one batch under way at a time: a slow main thread makes
 * the next batch larger, never the queue between the threads.
 */
export function createFeed(send: (batch: FeedBatch) => void, samplesMax = SAMPLES_WAITING_MAX): Feed {
  let samples: TagSample[] = [];
  const links = new Map<string, Link>();
  const robots = new Map<string, RobotState>();
  let underWay = false;

  const feed: Feed = {
    tags(more) {
      for (const sample of more) samples.push(sample);
      if (samples.length > samplesMax) samples = newestOfEach(samples);
    },
    link: (device, link) => void links.set(device, link),
    robot: (state) => void robots.set(state.robotId, state),
    flush() {
      if (underWay || (samples.length === 0 && links.size === 0 && robots.size === 0)) return;
      underWay = true;
      const batch = { samples, links: [...links], robots: [...robots.values()] };
      samples = [];
      links.clear();
      robots.clear();
      send(batch);
    },
    taken() {
      underWay = false;
    },
  };
  return feed;
}

const newestOfEach = (samples: readonly TagSample[]): TagSample[] => [
  ...new Map(samples.map((sample) => [sample.path, sample])).values(),
];
