import { ApplianceError } from '#contracts/errors.ts';
import type { TagConfig } from '#contracts/site-devices.ts';
import { GOOD, type Quality, type TagSample } from '#contracts/tags.ts';
import { fitType, passesDeadband, scaleRaw } from './tag-codec.ts';

/** What a device said about one tag, before type check and scaling. */
export interface Reading {
  readonly tag: string;
  readonly raw: unknown;
  /** Wall ms; when it is not a whole number the time of arrival stands in. */
  readonly sourceTimeMs?: number | undefined;
  /** Not good: the raw value is not looked at. */
  readonly quality?: Exclude<Quality, { level: 'good' }>;
}

export interface TagTable {
  config(tag: string): TagConfig;
  latest(tag: string): TagSample;
  /** Takes readings in and reports those that changed enough. Returns a sample for each reading. */
  take(readings: readonly Reading[]): readonly TagSample[];
  /** Every tag keeps its last value and is bad, since now or since then in wall ms. */
  allBad(reason: string, sinceMs?: number): void;
  /** Called after each `take` and `allBad`; returns how to end it. */
  watch(run: () => void): () => void;
}

export interface TagTableOptions {
  readonly device: string;
  readonly tags: readonly TagConfig[];
  nowMs(): number;
  onTags(samples: readonly TagSample[]): void;
}

/** The tags of one device. Before the first reading each is null and bad, never a default that looks real. */
export function createTagTable({ device, tags, nowMs, onTags }: TagTableOptions): TagTable {
  const configs = new Map(tags.map((tag) => [tag.name, tag]));
  const current = new Map<string, TagSample>();
  const reported = new Map<string, TagSample>();
  const watchers = new Set<() => void>();

  const config = (tag: string): TagConfig => {
    const found = configs.get(tag);
    if (found === undefined) throw new ApplianceError('DRV_UNKNOWN_TAG', { device, tag });
    return found;
  };
  const latest = (tag: string): TagSample =>
    current.get(tag) ?? blank(device, config(tag), nowMs(), 'never read');

  const publish = (samples: readonly [string, TagSample][]) => {
    const changes: TagSample[] = [];
    for (const [tag, sample] of samples) {
      current.set(tag, sample);
      if (!worthReporting(reported.get(tag), sample, config(tag).deadband)) continue;
      reported.set(tag, sample);
      changes.push(sample);
    }
    if (changes.length > 0) onTags(changes);
    for (const run of [...watchers]) run();
  };

  return {
    config,
    latest,
    take(readings) {
      const samples = readings.map((reading): [string, TagSample] => [
        reading.tag,
        toSample(config(reading.tag), reading, latest(reading.tag), nowMs()),
      ]);
      publish(samples);
      return samples.map(([, sample]) => sample);
    },
    allBad(reason, sourceTimeMs = nowMs()) {
      publish(
        tags.map(({ name }): [string, TagSample] => {
          const before = latest(name);
          // What was never read stays so; "link down" would hide that no value was ever there.
          const words = before.value === null ? `never read; ${reason}` : reason;
          return [name, { ...before, quality: { level: 'bad', reason: words }, sourceTimeMs }];
        }),
      );
    },
    watch(run) {
      watchers.add(run);
      return () => watchers.delete(run);
    },
  };
}

function blank(device: string, tag: TagConfig, nowMs: number, reason: string): TagSample {
  return {
    path: `${device}/${tag.name}`,
    value: null,
    quality: { level: 'bad', reason },
    sourceTimeMs: nowMs,
    ...(tag.unit === undefined ? {} : { unit: tag.unit }),
  };
}

function toSample(tag: TagConfig, reading: Reading, before: TagSample, nowMs: number): TagSample {
  const said = reading.sourceTimeMs;
  const sourceTimeMs = said !== undefined && Number.isSafeInteger(said) ? said : nowMs;
  const { quality } = reading;
  if (quality?.level === 'bad') return { ...before, quality, sourceTimeMs };
  const fit = fitType(tag.type, reading.raw);
  if (!fit.ok) return { ...before, quality: { level: 'bad', reason: fit.reason }, sourceTimeMs };
  return { ...before, value: scaleRaw(fit.value, tag), quality: quality ?? GOOD, sourceTimeMs };
}

function worthReporting(before: TagSample | undefined, after: TagSample, deadband?: number): boolean {
  if (before === undefined || before.quality.level !== after.quality.level) return true;
  if (before.quality.level !== 'good' && after.quality.level !== 'good') {
    if (before.quality.reason !== after.quality.reason) return true;
  }
  return passesDeadband(before.value, after.value, deadband);
}
