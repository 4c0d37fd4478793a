import type { Clock } from '#contracts/clock.ts';
import { alarmCleared, alarmRaised } from '#contracts/events/alarm.ts';
import { type AnyEvent, createEvent, type EventContext } from '#contracts/events/envelope.ts';
import { markMoved, recordsDropped, uplinkChanged } from '#contracts/events/sync.ts';
import type { MarkSurprise } from './adopt.ts';
import type { GivenUp } from './give-up.ts';

/** Builds the events by which an uplink tells what happened to it. */
export interface Notices {
  readonly alarmId: string;
  changed(state: 'up' | 'down', reason: string | undefined, backlogCount: number): AnyEvent;
  dropped(given: GivenUp): AnyEvent;
  moved(surprise: MarkSurprise): AnyEvent;
  refused(text: string): AnyEvent;
  accepted(): AnyEvent;
}

export function createNotices(parts: { site: string; uplink: string; clock: Clock }): Notices {
  const { uplink, clock } = parts;
  const alarmId = `uplink/${uplink}/refused`;
  const context = (): EventContext => ({
    site: parts.site,
    component: 'sync',
    nowMs: clock.nowMs(),
    correlationId: `uplink/${uplink}`,
  });
  return {
    alarmId,
    changed: (state, reason, backlogCount) =>
      createEvent(
        uplinkChanged,
        uplink,
        { uplink, state, ...(reason === undefined ? {} : { reason }), backlogCount },
        context(),
      ),
    dropped: ({ count, oldestAt, newestAt }) =>
      createEvent(
        recordsDropped,
        uplink,
        { uplink, lane: 'telemetry', count, oldestAt, newestAt },
        context(),
      ),
    moved: (surprise) => createEvent(markMoved, uplink, { uplink, ...surprise }, context()),
    refused: (text) =>
      createEvent(
        alarmRaised,
        alarmId,
        {
          alarmId,
          severity: 'high',
          source: `uplink ${uplink}`,
          text,
          hint: 'Records are kept. Compare token, site name and versions with the receiver.',
        },
        context(),
      ),
    accepted: () => createEvent(alarmCleared, alarmId, { alarmId }, context()),
  };
}
