import type { Interlock } from '#contracts/api.ts';
import type { Link, RobotState } from '#contracts/devices.ts';
import type { TagSample, TagValue } from '#contracts/tags.ts';
import { createCommandDesk, pausedByWords } from './command-desk.ts';
import { createCommandMemory } from './command-memory.ts';
import type { Gate, GateOptions } from './gate-types.ts';
import { createInterlockTable } from './interlock-table.ts';
import { createLanes } from './lanes.ts';
import { createReactions } from './reactions.ts';
import { reconcile } from './reconcile.ts';
import { createRestarts } from './restarts.ts';
import { type GateTarget, safeActionOf } from './targets.ts';

/** Rows for robots that are paused without an interlock: a person has to let them go on, so a person must see them. */
const PAUSED_PREFIX = 'paused.';

export function createGate(options: GateOptions): Gate {
  const { clock, devices } = options;
  const targets = new Map(options.targets.map((target) => [target.id, target]));
  const robots = new Map<string, RobotState>();
  const running = new Map<string, TagValue>();
  const up = new Set<string>();
  let closed = false;

  const { interlocks } = options.config;
  const table = createInterlockTable({ interlocks, latched: options.latch.interlocks, clock });
  const lanes = createLanes({ clock, execute: (call) => devices.execute(call) });
  const memory = createCommandMemory();
  const floor = { robots, running, paused: () => pausedRows(robots, targets, options) };
  const reactions = createReactions(options, { table, lanes, floor });
  const { safeStates } = reactions;
  const desk = createCommandDesk(options, {
    targets,
    robots,
    table,
    lanes,
    memory,
    safeStates,
    isClosed: () => closed,
    onEnded: () => reactions.publish(),
  });
  const restarts = createRestarts(options, {
    targets,
    robots,
    table,
    safeStates,
    desk,
    isUp: (device) => up.has(device),
  });
  const byTag = new Map(
    options.targets.flatMap((target) =>
      [target.runTag, target.runningTag].flatMap((tag) => (tag ? [[tag as string, target] as const] : [])),
    ),
  );

  const linkHeard = (device: string, link: Link): void => {
    reactions.apply(table.link(device, link));
    const wasUp = up.has(device);
    if (link.state === 'up') up.add(device);
    else up.delete(device);
    if (wasUp || link.state !== 'up') return;
    // What was told while it was away may not have arrived.
    for (const target of options.targets) if (target.device === device) safeStates.check(target.id);
  };

  /** After the interlocks have acted: remembers what runs, and tells again what runs although it is held. */
  const watchRunTags = (samples: readonly TagSample[]): void => {
    for (const { path, value, quality } of samples) {
      const target = byTag.get(path);
      if (target === undefined || value === null || quality.level !== 'good') continue;
      running.set(path, value);
      if (value === true) safeStates.check(target.id);
    }
  };

  return {
    submit: (command, transit) => desk.submit(command, transit),
    reconcile: (command) => reconcile(command, options, { lanes, memory }),
    samples(samples) {
      reactions.apply(table.samples(samples));
      watchRunTags(samples);
    },
    link: linkHeard,
    robot(state) {
      restarts.claim(state);
      const before = robots.get(state.robotId);
      robots.set(state.robotId, state);
      if (state.moving) safeStates.check(state.robotId);
      if (before?.activity !== state.activity) reactions.publish();
    },
    tick() {
      for (const [device, link] of devices.links()) linkHeard(device, link);
      reactions.apply(table.tick());
      restarts.tick();
    },
    main(heard) {
      const changes = heard.alive
        ? table.main({ met: true })
        : table.main({ met: false, seen: true, reason: 'the main thread does not answer' });
      if (!heard.alive && changes.some(({ type }) => type === 'tripped')) {
        const data = { thread: 'main', silentMs: heard.silentMs };
        options.onSafety({ kind: 'watchdog-expired', subject: 'main', atMs: clock.nowMs(), data });
      }
      reactions.apply(changes);
    },
    interlocks: () => reactions.interlocks(),
    reset(id, by) {
      const robot = id.startsWith(PAUSED_PREFIX) ? id.slice(PAUSED_PREFIX.length) : null;
      if (robot !== null) return letGo(robot, by);
      const { changes, ...result } = table.reset(id, by);
      reactions.apply(changes);
      if (!result.allowed) return result;
      const waiting = safeStates.standing().filter(({ causes }) => causes.includes(id));
      restarts.byPerson(waiting, by, `${by} reset ${id}`);
      return { allowed: true };
    },
    async shutdown(reason, withinMs) {
      closed = true;
      const deadline = Promise.withResolvers<void>();
      const cancel = clock.after(withinMs, deadline.resolve);
      void reactions.holdListed(reason);
      await Promise.race([safeStates.whenVerified(), deadline.promise]);
      cancel();
      reactions.publish();
      return safeStates.allVerified();
    },
    latch: () => reactions.latch(),
    close() {
      closed = true;
      safeStates.close();
      lanes.close();
    },
  };

  function letGo(robot: string, by: string): ReturnType<Gate['reset']> {
    const target = targets.get(robot);
    const call = target && safeActionOf(target, options.config.safeStates)?.restart;
    if (!call) return { allowed: false, reason: `there is no robot ${robot} that a reset can let go on` };
    const [open] = table.openFor(robot);
    if (open !== undefined) return { allowed: false, reason: open.reason };
    restarts.byPerson([{ target: robot, restart: call, causes: [] }], by, `${by} let ${robot} go on`);
    return { allowed: true };
  }
}

function pausedRows(
  robots: ReadonlyMap<string, RobotState>,
  targets: ReadonlyMap<string, GateTarget>,
  { config }: GateOptions,
): Interlock[] {
  return [...robots.values()].flatMap(({ robotId, activity, pausedBy }) => {
    const target = targets.get(robotId);
    if (activity !== 'paused' || target === undefined) return [];
    if (!safeActionOf(target, config.safeStates)?.restart) return [];
    const text = `${robotId} is paused${pausedByWords[pausedBy ?? 'command']}`;
    const reason = 'A person has to let it go on.';
    // Met: nothing is wrong with the site, one robot stands.
    return [
      { id: `${PAUSED_PREFIX}${robotId}`, text, met: true, needsReset: true, reason, protects: [robotId] },
    ];
  });
}
