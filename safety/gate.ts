import type { Command } from '#contracts/commands.ts';
import type { Link, RobotState } from '#contracts/devices.ts';
import type { TagSample, TagValue } from '#contracts/tags.ts';
import { createCommandDesk } from './command-desk.ts';
import { createCommandMemory } from './command-memory.ts';
import type { Gate, GateLatch, GateOptions } from './gate-types.ts';
import { createHandStops, STOPPED_PREFIX } from './hand-stops.ts';
import { createInterlockTable } from './interlock-table.ts';
import { createLanes } from './lanes.ts';
import { isGoing, PAUSED_PREFIX, pausedRows, whyNotRestart } from './paused.ts';
import { createReactions } from './reactions.ts';
import { reconcile } from './reconcile.ts';
import { createRestarts } from './restarts.ts';
import { safeActionOf } from './targets.ts';

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
  const { stoppedByHand = [], ...remembered } = options.latch;
  const handStops = createHandStops({
    targets,
    latched: stoppedByHand,
    onChange() {
      leaveToPeople();
      tellLatch();
      reactions.publish();
    },
  });
  const floor = {
    robots,
    running,
    paused: () => [
      ...pausedRows({
        robots,
        targets,
        standing: safeStates.standing(),
        safeStates: options.config.safeStates,
        comesBack: (target) => restarts.comesBack(target),
      }),
      ...handStops.rows(),
    ],
    going: () => [
      ...[...robots.values()].filter(isGoing).map(({ robotId }) => robotId),
      ...restarts.expected().filter((id) => !robots.has(id)),
    ],
  };
  const reactions = createReactions(
    { ...options, latch: remembered, onLatch: tellLatch },
    { table, lanes, floor },
  );
  const { safeStates } = reactions;
  const desk = createCommandDesk(options, {
    targets,
    robots,
    table,
    lanes,
    memory,
    safeStates,
    handStops,
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
  leaveToPeople();
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
    for (const target of options.targets) if (target.device === device) safeStates.tellAgain(target.id);
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
    async submit(command, transit) {
      const result = await desk.submit(command, transit);
      if (result.state !== 'refused' && result.state !== 'expired') notePause(command);
      return result;
    },
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
      if (state.pausedBy === 'local') safeStates.disown(state.robotId);
      if (state.moving) safeStates.check(state.robotId);
      if (before?.activity !== state.activity || before.pausedBy !== state.pausedBy) reactions.publish();
    },
    tick() {
      for (const [device, link] of devices.links()) linkHeard(device, link);
      reactions.apply(table.tick());
      if (restarts.tick()) reactions.publish();
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
      const line = id.startsWith(STOPPED_PREFIX) ? id.slice(STOPPED_PREFIX.length) : null;
      if (line !== null) return letRun(line, by);
      const { changes, ...result } = table.reset(id, by);
      reactions.apply(changes);
      if (!result.allowed) return result;
      leaveToPeople();
      reactions.publish();
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
    latch,
    close() {
      closed = true;
      safeStates.close();
      lanes.close();
    },
  };

  function latch(): GateLatch {
    const list = handStops.list();
    return { ...reactions.latch(), ...(list.length === 0 ? {} : { stoppedByHand: list }) };
  }
  function tellLatch(): void {
    options.onLatch(latch());
  }

  /** What a person has stopped as well is no longer ours to bring back after an interlock or an end. */
  function leaveToPeople(): void {
    for (const { target } of handStops.list()) safeStates.disown(target);
  }

  function letRun(line: string, by: string): ReturnType<Gate['reset']> {
    const target = targets.get(line);
    if (target === undefined || !handStops.has(line))
      return { allowed: false, reason: `nobody has stopped ${line} by hand` };
    const [open] = table.openFor(line);
    if (open !== undefined) return { allowed: false, reason: open.reason };
    const call = safeActionOf(target, options.config.safeStates)?.restart ?? null;
    // Only its next command may set it in motion, says the site file; from now on any may.
    if (call === null) handStops.letGo(line);
    else restarts.byPerson([{ target: line, restart: call, causes: [] }], by, `${by} let ${line} run again`);
    return { allowed: true };
  }

  /** Who pauses a robot that we hold wants it to stay so, whatever becomes of our reason. */
  function notePause({ target, call }: Command): void {
    if (call.capability !== 'MobileRobot' || call.action !== 'pause') return;
    safeStates.disown(target);
    reactions.publish();
  }

  function letGo(id: string, by: string): ReturnType<Gate['reset']> {
    const target = targets.get(id);
    const restart = target && safeActionOf(target, options.config.safeStates)?.restart;
    if (!restart) return { allowed: false, reason: `there is no ${id} that a reset can let go on` };
    const reason = table.openFor(id)[0]?.reason ?? whyNotRestart(target, robots.get(id));
    if (reason !== null) return { allowed: false, reason };
    restarts.byPerson([{ target: id, restart, causes: [] }], by, `${by} let ${id} go on`);
    return { allowed: true };
  }
}
