import { sagaParked, sagaResumed } from '#contracts/events/saga.ts';
import type { DeadLetterCause } from '#contracts/sagas.ts';
import type { Draft } from './draft.ts';
import type { Faulted, SagaEvent } from './events.ts';
import { headings, nodeButtons } from './hold.ts';
import { ROOT } from './lanes.ts';
import { AMENDS, type Move, unwindAll, WAIT } from './move.ts';
import type { Position } from './state.ts';
import { stepOf } from './tell.ts';

type FaultPosition = Extract<Position, { at: 'fault' }>;
type TaskDecided = Extract<SagaEvent, { type: 'task-decided' }>;

export const FAULT: DeadLetterCause = 'definition-broken';
/** Of one saga at once, each with its task; a saga with more has people enough who look at it. */
const FAULTS_MAX = 8;

/**
 * An event could not be decided. It is kept, and a person is asked: thrown away, it would be a result or a signal that
 * was acknowledged and yet lost. What else happens to the saga is decided as ever.
 */
export function onFaulted(draft: Draft, faulted: Faulted): Move {
  const { reason } = faulted;
  const pressed = pressedOn(draft, faulted.event);
  const event = pressed?.event ?? faulted.event;
  if (pressed !== undefined) close(draft, pressed, faulted.event as TaskDecided);
  else if (!hasRoom(draft, event)) return WAIT;
  const node = nodeOf(draft, event);
  const visit = draft.nextVisit(node);
  const taskId = draft.openTask({
    node,
    kind: FAULT,
    title: `${headings[FAULT]}: ${draft.definition.title}`,
    text: `${reason}. Nothing is lost: try again when the cause is removed, or cancel.`,
    context: [
      { label: 'Step', value: node },
      { label: 'What happened', value: event.type },
      { label: 'Reason', value: reason },
    ],
    decisions: nodeButtons,
    dueMs: null,
    people: {},
    suggestion: null,
  });
  draft.add({ at: 'fault', node, visit, lane: ROOT, taskId, untilMs: null, event });
  const work = { node, visit, role: 'action', attempt: 1 } as const;
  draft.record({ record: 'parked', work, taskId, cause: FAULT, reason });
  draft.emit(sagaParked, { ...stepOf(draft, work), cause: FAULT, reason, taskId });
  return WAIT;
}

/** The event happens again, or the saga ends. */
export function onFaultDecision(draft: Draft, position: FaultPosition, decided: TaskDecided): Move {
  const { by, decision, note } = decided;
  if (!nodeButtons.some(({ id }) => id === decision)) return WAIT;
  close(draft, position, decided);
  if (decision !== 'retry') {
    draft.cancel ??= { by, reason: note ?? 'cancelled by a person' };
    const ending = unwindAll(draft.cancel.reason, 'cancelled');
    return { to: 'all', moves: [ending, findOut(position.event)] };
  }
  const { event } = position;
  // A signal is stored until it is taken: it is sought, because it may have been taken meanwhile.
  if (event.type === 'signal') draft.intend({ do: 'seek-signal', name: event.name });
  const again: Move = event.type === 'signal' ? WAIT : { to: 'event', event };
  return { to: 'all', moves: [again, AMENDS] };
}

/** The outcome of an attempt could not be taken in: amends for it need to know, so it is found out as after a crash. */
function findOut(event: SagaEvent): Move {
  if (event.type === 'silent') return { to: 'event', event };
  if (event.type !== 'result') return WAIT;
  const result = { outcome: 'unknown', reason: 'its result could not be taken in' } as const;
  return { to: 'event', event: { ...event, result } };
}

function close(draft: Draft, position: FaultPosition, { by, decision, note }: TaskDecided): void {
  const { node, visit, taskId } = position;
  draft.remove(position);
  draft.closeTask(taskId, FAULT, { state: 'completed', by, decision, note });
  draft.record({ record: 'resumed', taskId, by, decision });
  const work = stepOf(draft, { node, visit, role: 'action', attempt: 1 });
  draft.emit(sagaResumed, { ...work, by, decision, ...(note === null ? {} : { note }) });
}

const faultsOf = (draft: Draft): FaultPosition[] =>
  draft.positions.filter((position) => position.at === 'fault');

/** The fault whose button was pressed, when that is what could not be decided. */
const pressedOn = (draft: Draft, event: SagaEvent): FaultPosition | undefined =>
  event.type === 'task-decided' ? faultsOf(draft).find(({ taskId }) => taskId === event.taskId) : undefined;

/** What comes by itself again and again, such as a timer that is due, is asked about once. */
function hasRoom(draft: Draft, event: SagaEvent): boolean {
  const faults = faultsOf(draft);
  const comesAgain = event.type === 'woken' || event.type === 'recovered' || event.type === 'signal';
  const isKnown = comesAgain && faults.some((fault) => JSON.stringify(fault.event) === JSON.stringify(event));
  return !isKnown && faults.length < FAULTS_MAX;
}

/** Where it happened, as far as one can tell. */
function nodeOf(draft: Draft, event: SagaEvent): string {
  if ('work' in event) return event.work.node;
  return draft.positions[0]?.node ?? draft.definition.start;
}
