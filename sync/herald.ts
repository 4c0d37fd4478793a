import { isApplianceError } from '#contracts/errors.ts';
import { alarmRaised } from '#contracts/events/alarm.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import type { MarkSurprise } from './adopt.ts';
import { type Circuit, type CircuitEvent, freshCircuit, nextCircuit } from './circuit.ts';
import type { GivenUp } from './give-up.ts';
import { createNotices } from './notices.ts';
import type { UplinkParts } from './uplink-parts.ts';

/** Knows how the uplink stands and tells the log when that changes: transitions, refusals, moved marks. */
export interface Herald {
  circuit(): Circuit;
  step(event: CircuitEvent): void;
  /** A person has to act. One alarm, however often it is refused. */
  raise(text: string): void;
  clear(): void;
  moved(surprise: MarkSurprise): void;
  /** For an event that somebody else puts into the log, with its effect. */
  describeDropped(given: GivenUp): AnyEvent;
  /** An expected fault is logged; anything else ends the thread. */
  fault(error: unknown, what: string): void;
}

export async function createHerald(
  parts: UplinkParts,
  backlogCount: () => number,
  onChanged: () => void,
): Promise<Herald> {
  const { store, clock, config, log } = parts;
  const notices = createNotices({ site: parts.site, uplink: config.id, clock });
  let circuit = freshCircuit(clock.nowMs());
  // An alarm of the last run may still stand.
  const [last] = await store.query('sync.lastAlarm', { alarmId: notices.alarmId });
  let alarmed = last?.type === alarmRaised.type;

  function tell(event: AnyEvent): void {
    store
      .commit([{ op: 'append', event }])
      .then(() => parts.onEvent(event))
      .catch((error: unknown) => fault(error, 'an event of the uplink could not be written'));
  }

  function fault(error: unknown, what: string): void {
    if (isApplianceError(error)) log.error({ err: error }, what);
    else parts.onCrash(error);
  }

  return {
    circuit: () => circuit,
    step(event) {
      const before = circuit;
      circuit = nextCircuit(before, event);
      if (circuit.state === before.state || circuit.state === 'idle') return;
      const reason = circuit.state === 'down' ? circuit.reason : undefined;
      log.info({ state: circuit.state, reason, backlogCount: backlogCount() }, 'uplink changed');
      tell(notices.changed(circuit.state, reason, backlogCount()));
      onChanged();
    },
    raise(text) {
      if (alarmed) return;
      alarmed = true;
      tell(notices.refused(text));
    },
    clear() {
      if (!alarmed) return;
      alarmed = false;
      tell(notices.accepted());
    },
    moved(surprise) {
      log.warn({ ...surprise }, 'the region stands elsewhere than the site remembers');
      tell(notices.moved(surprise));
    },
    describeDropped: notices.dropped,
    fault,
  };
}
