import { createBeats } from '../../safety/index.ts';
import { type FieldLink, lostDevices, startField } from './field-link.ts';
import type { Floor, FloorOptions } from './floor.ts';
import { type FloorReports, startReports } from './floor-reports.ts';
import type { SafetyThreadData } from './messages.ts';
import { type Placement, placeDevices } from './placement.ts';
import { type SafetyLink, startSafety } from './safety-link.ts';
import { threadClock } from './thread-clock.ts';

/** Time for safe states to be verified at an orderly end, and for the thread to close after it. */
const SHUTDOWN_MS = 5_000;
const CLOSE_MS_MAX = 3_000;
const SHUTTING_DOWN = 'the site is shutting down';

/**
 * Starts the floor's threads; resolves when their drivers run, connected or not.
 *
 * Errors: whatever a driver finds wrong with the site file.
 */
export async function startFloor(options: FloorOptions): Promise<Floor> {
  const { siteFile, dataDir, epochs } = options;
  const placement = placeDevices(siteFile);
  const data: SafetyThreadData = {
    beats: createBeats(),
    devices: placement.safety,
    allDevices: siteFile.devices,
    places: siteFile.places,
    dataDir,
    epochs,
    config: siteFile.safety,
  };
  const reports = startReports(options, data.beats);
  const safety = startSafety(options, { data, report: reports.take });
  const field = placement.field.length === 0 ? null : beginField(options, placement, safety, reports);
  const end = async (): Promise<void> => {
    safety.release();
    await field?.link.stop();
    await safety.terminate();
    reports.end();
  };
  try {
    await Promise.all([safety.ready, field?.ready]);
  } catch (error) {
    await end();
    throw error;
  }
  return createFloor(options, {
    placement,
    safety,
    reports,
    field: field?.link ?? null,
    end,
  });
}

function beginField(
  options: FloorOptions,
  { field: devices }: Placement,
  safety: SafetyLink,
  reports: FloorReports,
) {
  const { siteFile, dataDir, clock } = options;
  return startField({
    devices,
    data: { devices, places: siteFile.places, dataDir },
    clock,
    log: options.log,
    spawn: options.spawn,
    connect: safety.post,
    report: reports.take,
    onDown({ reason, silentMs }) {
      const atMs = clock.nowMs();
      if (silentMs !== null) {
        const data = { thread: 'field', silentMs };
        options.onSafety({ kind: 'watchdog-expired', subject: 'field', atMs, data });
      }
      const gone = lostDevices(devices, reports.lastSamples, `the field thread ended: ${reason}`, atMs);
      options.onTags(gone.samples);
      for (const [device, link] of gone.links) options.onLink(device, link);
    },
  });
}

interface FloorParts {
  readonly placement: Placement;
  readonly safety: SafetyLink;
  readonly reports: FloorReports;
  readonly field: FieldLink | null;
  end(): Promise<void>;
}

function createFloor({ clock, log }: FloorOptions, parts: FloorParts): Floor {
  const { safety, field, reports } = parts;
  const { calls } = safety;
  const inField = new Set(parts.placement.field.map(({ id }) => id));
  let stopping: Promise<boolean> | null = null;

  const stop = async (): Promise<boolean> => {
    // The thread will exit, and that is what is wanted.
    safety.release();
    const late = Promise.withResolvers<boolean>();
    const cancel = clock.after(SHUTDOWN_MS + CLOSE_MS_MAX, () => late.resolve(false));
    const stopped = calls.call('stop', 'the appliance is shutting down', SHUTDOWN_MS).catch(() => false);
    const verified = await Promise.race([stopped, late.promise]);
    cancel();
    if (!verified) log.error({}, 'not every device has verified its safe state');
    await parts.end();
    calls.end(SHUTTING_DOWN);
    return verified;
  };

  return {
    watchMain: () => safety.post({ type: 'watch' }),
    async submit(command) {
      if (stopping !== null) {
        return {
          state: 'refused',
          code: 'SAFE_CLOSED',
          reason: SHUTTING_DOWN,
          interlocks: [],
          retryable: true,
        };
      }
      const leftMs = command.expiresAtMs - clock.nowMs();
      try {
        return await calls.call('submit', command, { sentAtMs: threadClock.monotonicMs(), leftMs });
      } catch (error) {
        return { state: 'unknown', reason: String(error) };
      }
    },
    async reconcile(command) {
      try {
        return await calls.call('reconcile', command);
      } catch (error) {
        return { outcome: 'unknown', reason: String(error) };
      }
    },
    interlocks: () => [...safety.interlocks()],
    async resetInterlock(id, by) {
      if (stopping !== null) return { allowed: false, reason: SHUTTING_DOWN };
      return calls.call('reset', id, by);
    },
    async browse(device, address) {
      if (inField.has(device) && field !== null) return field.browse(device, address);
      return calls.call('browse', device, address);
    },
    threadOf: (device) => (inField.has(device) ? 'field' : 'safety'),
    threadStats: reports.stats,
    counters: reports.counters,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
