import type { Driver, DriverContext, Link } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { createTagTable } from './common/tag-table.ts';
import { failed } from './common/write-tag.ts';

/**
 * Stands for a device that the site file describes so that no driver can be made: down for good, with the reason,
 * and refusing everything. The other devices of its thread go on.
 */
export function createUnmadeDriver(context: DriverContext, reason: string): Driver {
  const { device, clock } = context;
  const nowMs = clock.nowMs();
  const link: Link = { state: 'down', reason, sinceMs: nowMs, retryAtMs: nowMs };
  const refusal = () => new ApplianceError('DRV_LINK_DOWN', { device: device.id, reason });
  const table = createTagTable({
    device: device.id,
    tags: device.tags,
    nowMs: () => clock.nowMs(),
    onTags: context.onTags,
  });
  return {
    async start() {
      table.allBad(reason);
      context.onLink(link);
    },
    browse: () => Promise.reject(refusal()),
    write: async () => failed(refusal()),
    execute: async () => failed(refusal()),
    reconcile: async () => ({ outcome: 'unknown', reason }),
    link: () => link,
    counters: () => ({}),
    close: async () => {},
  };
}
