import { isDeepStrictEqual } from 'node:util';
import type { Interlock } from '#contracts/api.ts';
import type { RobotState } from '#contracts/devices.ts';
import type { SafetyRecord } from '#contracts/events/safety.ts';
import type { TagValue } from '#contracts/tags.ts';
import type { GateLatch, GateOptions } from './gate-types.ts';
import { type InterlockChange, type InterlockTable, MAIN_INTERLOCK_ID } from './interlock-table.ts';
import type { Lanes } from './lanes.ts';
import { isPaused } from './paused.ts';
import { createSafeStates, type SafeOutcome, type SafeStates } from './safe-states.ts';
import { type GateTarget, listedTargets, protectedTargets, safeActionOf } from './targets.ts';

export const SHUTDOWN_CAUSE = 'shutdown';

/** What the floor looked like when it was last heard of. */
export interface FloorView {
  readonly robots: ReadonlyMap<string, RobotState>;
  readonly running: ReadonlyMap<string, TagValue>;
  /** Rows for what a person has to let go on; what an interlock holds or has stopped has a row already. */
  paused(): Interlock[];
  /** Robots that are free to move as far as anybody knows. */
  going(): string[];
}

/** What happens on the floor when an interlock changes or the appliance ends. */
export interface Reactions {
  readonly safeStates: SafeStates;
  /** Acts on changes, worst first, before anything is told to anybody. */
  apply(changes: readonly InterlockChange[]): void;
  /** Holds all listed targets; resolves when the first write of each has ended. */
  holdListed(reason: string): Promise<void>;
  interlocks(): Interlock[];
  latch(): GateLatch;
  /** Tells what has changed of interlocks and latch since it was last told. */
  publish(): void;
}

export function createReactions(
  options: GateOptions,
  parts: { readonly table: InterlockTable; readonly lanes: Lanes; readonly floor: FloorView },
): Reactions {
  const { config, targets, clock } = options;
  const { table, lanes, floor } = parts;
  const safety = (record: SafetyRecord) => options.onSafety(record);
  const safeStates = createSafeStates({
    clock,
    execute: (call) => options.devices.execute(call),
    onOutcome: (outcome) => safety(safeStateRecord(outcome, clock.nowMs())),
  });
  let toldInterlocks: readonly Interlock[] = [];
  let toldLatch: GateLatch = options.latch;

  const hold = (target: GateTarget, cause: { id: string; reason: string }): Promise<void> => {
    const action = safeActionOf(target, config.safeStates);
    if (action === undefined) return Promise.resolve();
    return safeStates.hold(target, action, cause, wasActive(target, cause.id, floor));
  };

  const concerned = (id: string, protects: readonly string[]) =>
    id === MAIN_INTERLOCK_ID
      ? listedTargets(targets, config.safeStates)
      : protectedTargets(targets, protects);

  const interrupt = (stopped: readonly GateTarget[], reason: string): void => {
    for (const { id } of stopped) {
      for (const run of lanes.running(id)) {
        // Told, and then stopped under way: only the device knows how far it got.
        if (run.moves) run.end({ state: 'unknown', reason: `interrupted: ${reason}` });
      }
    }
  };

  const trip = ({ id, protects, reason }: InterlockChange): void => {
    const sinceMs = clock.monotonicMs();
    const atMs = clock.nowMs();
    const stopped = concerned(id, protects);
    const writes = stopped.map((target) => hold(target, { id, reason }));
    interrupt(stopped, reason);
    void Promise.all(writes).then(() => {
      const reactionMs = clock.monotonicMs() - sinceMs;
      const data = { interlock: id, reason, protects: stopped.map((target) => target.id), reactionMs };
      safety({ kind: 'interlock-tripped', subject: id, atMs, data });
    });
  };

  /** Its trip is recorded already; what it stopped may have been out of reach then, or been let go meanwhile. */
  const holdLatched = ({ id, protects, reason }: InterlockChange): void => {
    for (const target of concerned(id, protects)) void hold(target, { id, reason });
  };

  const clear = ({ id, protects, resetBy }: InterlockChange): void => {
    for (const target of concerned(id, protects)) safeStates.lift(target.id, id);
    const data = { interlock: id, ...(resetBy === undefined ? {} : { resetBy }) };
    safety({ kind: 'interlock-cleared', subject: id, atMs: clock.nowMs(), data });
  };

  /** An interlock that holds again while what it stopped still stands asks for a person, too. */
  const withStanding = (interlock: Interlock): Interlock => {
    if (!interlock.met) return interlock;
    const waiting = safeStates
      .standing()
      .filter(({ target, causes }) => causes.includes(interlock.id) && table.openFor(target).length === 0)
      .map(({ target }) => target);
    if (waiting.length === 0) return interlock;
    return { ...interlock, needsReset: true, reason: `${waiting.join(', ')} wait to be restarted` };
  };

  const reactions: Reactions = {
    safeStates,
    apply(changes) {
      for (const change of changes) if (change.type === 'tripped') trip(change);
      for (const change of changes) if (change.type === 'latched') holdLatched(change);
      for (const change of changes) if (change.type === 'cleared') clear(change);
      if (changes.length > 0) reactions.publish();
    },
    async holdListed(reason) {
      const listed = listedTargets(targets, config.safeStates);
      const writes = listed.map((target) => hold(target, { id: SHUTDOWN_CAUSE, reason }));
      interrupt(
        lanes.runs().flatMap(({ command }) => targets.filter(({ id }) => id === command.target)),
        reason,
      );
      await Promise.all(writes);
    },
    interlocks() {
      const rows = table.list().map(withStanding);
      // An interlock that the site file no longer has, or that has no row while it is met, can ask nobody.
      const asking = new Set(rows.map(({ id }) => id));
      const askedFor = new Set(
        safeStates
          .standing()
          .filter(({ causes }) => causes.some((cause) => asking.has(cause)))
          .map(({ target }) => target),
      );
      const alone = floor
        .paused()
        .filter(({ protects: [id = ''] }) => !askedFor.has(id) && safeStates.causesOf(id).length === 0);
      return [...rows, ...alone];
    },
    latch: () => ({
      interlocks: table.latched(),
      standing: safeStates.restartable().map((entry) => ({
        ...entry,
        atStart: entry.causes.every((cause) => cause === SHUTDOWN_CAUSE),
      })),
      going: floor.going(),
    }),
    publish() {
      const interlocks = reactions.interlocks();
      if (!isDeepStrictEqual(interlocks, toldInterlocks)) options.onInterlocks(interlocks);
      toldInterlocks = interlocks;
      const latch = reactions.latch();
      if (!isDeepStrictEqual(latch, toldLatch)) options.onLatch(latch);
      toldLatch = latch;
    },
  };
  return reactions;
}

/**
 * Whether stopping it now takes something away that a reset should give back. In doubt it does not: a robot out of
 * reach counts as it was last seen, and an end, which needs no reset, gives back none that may have paused itself.
 */
function wasActive(target: GateTarget, cause: string, floor: FloorView): boolean {
  if (target.kind === 'MobileRobot') {
    const state = floor.robots.get(target.id);
    if (state === undefined || isPaused(state)) return false;
    return state.activity !== 'lost' || cause !== SHUTDOWN_CAUSE;
  }
  return target.runTag !== undefined && floor.running.get(target.runTag) === true;
}

const safeStateRecord = ({ target, ...outcome }: SafeOutcome, atMs: number): SafetyRecord => ({
  kind: 'safe-state',
  subject: target,
  atMs,
  data: { target, ...outcome },
});
