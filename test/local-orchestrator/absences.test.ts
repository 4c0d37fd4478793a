import { describe, expect, onTestFinished, test } from 'vitest';
import type { StoreOp } from '#contracts/store.ts';
import { ABSENCES_MAX, createAbsences, KEPT_MS } from '../../local-orchestrator/tasks/absences.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openSagaStore, temporaryFolder } from './site.ts';
import { person } from './task-kit.ts';

describe('the calendar of absences', () => {
  const DAY_MS = 86_400_000;
  const startCalendar = async () => {
    const clock = createFakeClock(Date.parse('2026-01-01T00:00:00Z'));
    const store = await openSagaStore(temporaryFolder());
    onTestFinished(() => store.close());
    const open = async () => {
      const absences = createAbsences({ store, clock, site: 'test', people: () => [person('ann')] });
      await absences.open();
      return absences;
    };
    return { clock, store, absences: await open(), open };
  };
  const entry = (fromMs: number) => ({
    user: 'ann',
    from: new Date(fromMs).toISOString(),
    to: new Date(fromMs + DAY_MS).toISOString(),
  });

  test('forgets what is over in time, in memory and on disk', async () => {
    const { clock, store, absences, open } = await startCalendar();
    const over = await absences.enter(entry(clock.nowMs()), 'tom');
    await clock.pass(KEPT_MS + 2 * DAY_MS);
    const next = await absences.enter(entry(clock.nowMs()), 'tom');
    await expect(absences.remove(over.absenceId, 'tom')).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
    expect(await store.query('task.absences', { sinceMs: 0, countMax: 10 })).toHaveLength(1);
    expect((await open()).list()).toMatchObject([{ absenceId: next.absenceId }]);
  });

  test('is full at its limit, and has room again when entries are over for long enough', async () => {
    const { clock, store, open } = await startCalendar();
    const { fromMs, toMs } = { fromMs: clock.nowMs(), toMs: clock.nowMs() + DAY_MS };
    const ops = Array.from({ length: ABSENCES_MAX }, (_, index): StoreOp => {
      const params = {
        absenceId: `a-${index}`,
        user: 'ann',
        fromMs,
        toMs,
        coveredBy: null,
        note: null,
        by: 'tom',
      };
      return { op: 'run', statement: 'task.enterAbsence', params };
    });
    await store.commit(ops);
    const absences = await open();
    expect(absences.list()).toHaveLength(ABSENCES_MAX);
    await expect(absences.enter(entry(fromMs), 'tom')).rejects.toMatchObject({ code: 'PEOPLE_ABSENCE' });
    await clock.pass(KEPT_MS + 2 * DAY_MS);
    await absences.enter(entry(clock.nowMs()), 'tom');
    expect(absences.list()).toHaveLength(1);
  });
});
