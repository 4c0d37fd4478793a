import type { BrowseEntry, Driver, DriverContext, Link } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { CapabilityConfig } from '#contracts/site-devices.ts';
import { type Adapter, createAdapter } from '../capabilities/index.ts';
import { createSupervisor, type SessionHooks, type Supervisor } from './supervisor.ts';
import { createTagAccess } from './tag-access.ts';
import { createTagTable, type Reading } from './tag-table.ts';
import type { TagSession } from './write-tag.ts';

/** What a protocol has to bring so that its device becomes a driver. */
export interface TagProtocol<S extends TagSession> {
  readonly connectMsMax: number;
  connect(
    hooks: SessionHooks & { take(readings: readonly Reading[]): void },
    signal: AbortSignal,
  ): Promise<S>;
  browse(session: S, address?: string): Promise<readonly BrowseEntry[]>;
  counters(): Readonly<Record<string, number>>;
  /** For capabilities the device has by itself, such as a robot's; undefined: made of tags. */
  adapter?(capability: CapabilityConfig, live: () => S): Adapter | undefined;
  /** Told of each change of the link, after the tags. */
  onLink?(link: Link): void;
}

/** A driver for a device that consists of tags: connection, tag table, write with read-back, capabilities. */
export function createTaggedDriver<S extends TagSession>(
  context: DriverContext,
  protocol: TagProtocol<S>,
): Driver {
  const { device, clock, log } = context;
  let closed = false;
  const table = createTagTable({
    device: device.id,
    tags: device.tags,
    nowMs: () => clock.nowMs(),
    onTags: (samples) => {
      if (!closed) context.onTags(samples);
    },
  });

  const supervisor: Supervisor<S> = createSupervisor({
    clock,
    random: context.random,
    log,
    reconnect: device.reconnect,
    limits: { silenceMsMax: device.silenceMsMax, connectMsMax: protocol.connectMsMax },
    connect: (hooks, signal) =>
      protocol.connect(
        {
          ...hooks,
          take: (readings) => {
            if (!signal.aborted && !closed) table.take(readings);
          },
        },
        signal,
      ),
    onLink: (link) => {
      if (closed) return;
      // Bad before the link is reported: who hears of the loss must not find a value that still looks good.
      if (link.state === 'down') table.allBad(link.reason, link.sinceMs);
      protocol.onLink?.(link);
      context.onLink(link);
    },
  });

  const tags = createTagAccess(device.id, table, supervisor);
  const adapters = new Map<string, Adapter>(
    device.capabilities.map((capability) => [
      capability.id,
      protocol.adapter?.(capability, tags.live) ??
        createAdapter({ capability, places: context.places, tags, clock }, device.tags),
    ]),
  );
  const adapterFor = (target: string): Adapter => {
    const adapter = adapters.get(target);
    if (adapter === undefined)
      throw new ApplianceError('DRV_UNSUPPORTED', { target, action: 'be commanded' });
    return adapter;
  };

  return {
    async start() {
      table.allBad('not connected yet');
      supervisor.start();
    },
    browse: async (address) => protocol.browse(tags.live(), address),
    write: tags.write,
    execute: async (call) => adapterFor(call.target).execute(call),
    reconcile: async (call) => adapterFor(call.target).reconcile(call),
    link: supervisor.link,
    counters: () => ({ ...supervisor.counters(), ...protocol.counters() }),
    async close() {
      closed = true;
      await supervisor.close();
    },
  };
}
