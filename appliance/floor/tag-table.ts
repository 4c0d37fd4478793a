import type { DeviceConfig } from '#contracts/site-devices.ts';
import type { TagPath, TagSample } from '#contracts/tags.ts';

/** The latest sample of every tag of the site file. Tags nobody declared are not kept. */
export interface TagTable {
  apply(samples: readonly TagSample[]): void;
  get(path: TagPath): TagSample | undefined;
  ofDevice(device: string): readonly TagSample[];
  /** Hears of each sample that changed value or quality. */
  onChange(listener: (samples: readonly TagSample[]) => void): void;
}

export function createTagTable(devices: readonly DeviceConfig[], nowMs: number): TagTable {
  const byDevice = new Map<string, Map<TagPath, TagSample>>();
  for (const device of devices) {
    const tags = new Map<TagPath, TagSample>();
    for (const tag of device.tags) {
      const path: TagPath = `${device.id}/${tag.name}`;
      tags.set(path, {
        path,
        value: null,
        quality: { level: 'bad', reason: 'never read' },
        sourceTimeMs: nowMs,
        ...(tag.unit === undefined ? {} : { unit: tag.unit }),
      });
    }
    byDevice.set(device.id, tags);
  }
  const listeners: ((samples: readonly TagSample[]) => void)[] = [];

  return {
    apply(samples) {
      const changed: TagSample[] = [];
      for (const sample of samples) {
        const tags = byDevice.get(deviceOf(sample.path));
        const before = tags?.get(sample.path);
        if (tags === undefined || before === undefined) continue;
        const unit = sample.unit ?? before.unit;
        const next = unit === undefined ? sample : { ...sample, unit };
        tags.set(sample.path, next);
        if (!sameReading(before, next)) changed.push(next);
      }
      if (changed.length > 0) for (const listener of listeners) listener(changed);
    },
    get: (path) => byDevice.get(deviceOf(path))?.get(path),
    ofDevice: (device) => [...(byDevice.get(device)?.values() ?? [])],
    onChange: (listener) => void listeners.push(listener),
  };
}

export const deviceOf = (path: string): string => path.slice(0, path.indexOf('/'));

const reasonOf = (sample: TagSample) => (sample.quality.level === 'good' ? '' : sample.quality.reason);

function sameReading(a: TagSample, b: TagSample): boolean {
  return a.value === b.value && a.quality.level === b.quality.level && reasonOf(a) === reasonOf(b);
}
