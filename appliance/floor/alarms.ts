import type { Alarm } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { alarmAcknowledged, alarmCleared, alarmRaised } from '#contracts/events/alarm.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import type { Log } from '#contracts/log.ts';
import { createRecordQuota } from '#contracts/record-quota.ts';
import type { Store, StoreModule, StoreOp } from '#contracts/store.ts';

export const alarmStoreModule: StoreModule = {
  name: 'alarm',
  migrations: [
    `CREATE TABLE alarm_active (
       alarm_id        TEXT PRIMARY KEY,
       severity        TEXT NOT NULL,
       source          TEXT NOT NULL,
       text            TEXT NOT NULL,
       hint            TEXT NOT NULL,
       raised_at_ms    INTEGER NOT NULL,
       acknowledged_by TEXT
     ) STRICT, WITHOUT ROWID;`,
  ],
  writes: {
    raise: `INSERT INTO alarm_active (alarm_id, severity, source, text, hint, raised_at_ms)
            VALUES (:alarmId, :severity, :source, :text, :hint, :raisedAtMs) ON CONFLICT DO NOTHING`,
    clear: 'DELETE FROM alarm_active WHERE alarm_id = :alarmId',
    acknowledge: 'UPDATE alarm_active SET acknowledged_by = :by WHERE alarm_id = :alarmId',
  },
  reads: { active: 'SELECT * FROM alarm_active ORDER BY raised_at_ms' },
};

export type NewAlarm = Omit<Alarm, 'raisedAt' | 'acknowledgedBy'>;

/** Active alarms: raised once per cause, cleared when the cause is gone, acknowledged by a person. */
export interface Alarms {
  /** When too many are open it is not taken, which is counted and told to the log. Raised again, it may be. */
  raise(alarm: NewAlarm): void;
  clear(alarmId: string): void;
  acknowledge(alarmId: string, by: string): Promise<Alarm>;
  list(): readonly Alarm[];
  /** How often an alarm was raised since the start and there was no room for it. */
  untoldCount(): number;
  onChange(listener: () => void): void;
  /** Resolves when what was raised and cleared so far is on disk. */
  settled(): Promise<void>;
}

const severities = ['critical', 'high', 'medium', 'low'] as const;
export const ALARMS_MAX = 1_000;
/** On top of it, for critical ones alone. */
export const ALARMS_CRITICAL_SHARE = 200;
/** How many may be open when one more of a severity is raised: what is lighter leaves room for what is graver. */
const openMax: Readonly<Record<Alarm['severity'], number>> = {
  critical: ALARMS_MAX + ALARMS_CRITICAL_SHARE,
  high: ALARMS_MAX,
  medium: ALARMS_MAX - 100,
  low: ALARMS_MAX - 200,
};
/** Log lines about alarms for which there was no room. */
const UNTOLD_LINES_PER_MINUTE = 1;

export async function openAlarms(store: Store, site: string, clock: Clock, log: Log): Promise<Alarms> {
  const active = new Map<string, Alarm>();
  for (const row of await store.query('alarm.active')) {
    const alarm = alarmOf(row);
    active.set(alarm.alarmId, alarm);
  }
  const listeners: (() => void)[] = [];
  const untoldLines = createRecordQuota(clock, UNTOLD_LINES_PER_MINUTE);
  let untoldCount = 0;
  // One after the other, so that a clear never overtakes its raise.
  let tail: Promise<void> = Promise.resolve();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const context = (alarmId: string) => ({
    site,
    component: 'alarms',
    nowMs: clock.nowMs(),
    correlationId: alarmId,
  });
  // Also on a full disk: what is wrong has to be known then most of all.
  const persist = (ops: readonly StoreOp[]): Promise<void> => {
    const done = tail.then(async () => void (await store.commit(ops, { reserve: true })));
    tail = done.catch((error: unknown) => log.error({ err: error }, 'an alarm could not be stored'));
    return done;
  };

  const leaveUntold = (alarm: NewAlarm): void => {
    untoldCount += 1;
    if (untoldLines.take() !== null)
      log.error({ ...alarm, untoldCount }, 'too many alarms are open for another');
  };

  return {
    raise(alarm) {
      if (active.has(alarm.alarmId)) return;
      if (active.size >= openMax[alarm.severity]) return leaveUntold(alarm);
      const nowMs = clock.nowMs();
      active.set(alarm.alarmId, { ...alarm, raisedAt: new Date(nowMs).toISOString(), acknowledgedBy: null });
      changed();
      void persist([
        { op: 'run', statement: 'alarm.raise', params: { ...alarm, raisedAtMs: nowMs } },
        { op: 'append', event: createEvent(alarmRaised, alarm.alarmId, alarm, context(alarm.alarmId)) },
      ]).catch(() => undefined);
    },
    clear(alarmId) {
      if (!active.delete(alarmId)) return;
      changed();
      void persist([
        { op: 'run', statement: 'alarm.clear', params: { alarmId } },
        { op: 'append', event: createEvent(alarmCleared, alarmId, { alarmId }, context(alarmId)) },
      ]).catch(() => undefined);
    },
    async acknowledge(alarmId, by) {
      const alarm = active.get(alarmId);
      if (alarm === undefined)
        throw new ApplianceError('API_NOT_FOUND', { what: 'active alarm', id: alarmId });
      if (alarm.acknowledgedBy !== null) return alarm;
      await persist([
        { op: 'run', statement: 'alarm.acknowledge', params: { alarmId, by } },
        { op: 'append', event: createEvent(alarmAcknowledged, alarmId, { alarmId, by }, context(alarmId)) },
      ]);
      const next = { ...alarm, acknowledgedBy: by };
      // Meanwhile it may have cleared, and even have been raised anew, which nobody has seen.
      if (active.get(alarmId) !== alarm) return next;
      active.set(alarmId, next);
      changed();
      return next;
    },
    list: () =>
      [...active.values()].sort(
        (a, b) =>
          severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
          (a.raisedAt < b.raisedAt ? 1 : -1),
      ),
    untoldCount: () => untoldCount,
    onChange: (listener) => void listeners.push(listener),
    settled: () => tail,
  };
}

function alarmOf(row: Readonly<Record<string, unknown>>): Alarm {
  return {
    alarmId: String(row.alarm_id),
    severity: severities.find((severity) => severity === row.severity) ?? 'high',
    source: String(row.source),
    text: String(row.text),
    hint: String(row.hint),
    raisedAt: new Date(Number(row.raised_at_ms)).toISOString(),
    acknowledgedBy: row.acknowledged_by === null ? null : String(row.acknowledged_by),
  };
}
