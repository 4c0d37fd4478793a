import type { Random } from '#contracts/clock.ts';
import { isApplianceError } from '#contracts/errors.ts';
import { sagaEnded, sagaStarted } from '#contracts/events/saga.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import { requestCancel } from './cancel.ts';
import { Draft } from './draft.ts';
import { onHeldDecision } from './held.ts';
import { type Move, unwindAll, WAIT } from './move.ts';
import { enterNode } from './nodes.ts';
import { afterCrash, onAnswer, onResult, onTimeout } from './reconcile.ts';
import { type Decision, dueMs, hasEnded, type Position, type SagaEvent, type SagaState } from './state.ts';
import { startWork } from './work.ts';

/** Nodes passed in one transition; a circle without a wait is refused by the check, this is the second lock. */
const MOVES_MAX = 10_000;

/**
 * What becomes of a saga when something happens: pure, total, and the only place where it is decided.
 *
 * Order of use: write `state`, `journal`, `records` and `events` in one transaction; then, never before, carry
 * out `intents`. An event that comes twice, late or for something else returns the state it was given.
 */
export function decide(
  definition: SagaDefinition,
  state: SagaState,
  event: SagaEvent,
  nowMs: number,
  random: Random,
): Decision {
  const draft = new Draft(definition, state, nowMs, random);
  if (!hasEnded(state)) {
    for (const react of reactions(draft, event)) follow(draft, react());
  }
  return draft.finish();
}

/** What an event sets off, to be carried out one after the other. */
function reactions(draft: Draft, event: SagaEvent): readonly (() => Move)[] {
  const { positions } = draft.before;
  switch (event.type) {
    case 'started':
      return draft.before.seq > 0 ? [] : [() => begin(draft)];
    case 'result':
      return [() => onResult(draft, event.work, event.result)];
    case 'answered':
      return [() => onAnswer(draft, event.work, event.query, event.answer)];
    case 'woken':
      return positions.map((position) => () => wake(draft, position));
    case 'recovered':
      return positions.map((position) => () => recover(draft, position));
    case 'signal':
      return [() => onSignal(draft, event)];
    case 'task-decided':
      return [() => onTaskDecided(draft, event)];
    case 'cancel':
      return [() => requestCancel(draft, { by: event.by, reason: event.reason })];
  }
}

function begin(draft: Draft): Move {
  const { name, start } = draft.definition;
  draft.emit(sagaStarted, { sagaId: draft.sagaId, definition: name, hash: draft.before.hash });
  return { to: 'node', node: start };
}

/** Carries out moves until the saga waits for the world. */
function follow(draft: Draft, first: Move): void {
  let move = first;
  for (let count = 0; move.to !== 'wait'; count += 1) {
    if (count > MOVES_MAX) throw new Error(`${draft.definition.name} goes round without waiting`);
    move = carryOut(draft, move);
  }
}

function carryOut(draft: Draft, move: Exclude<Move, { to: 'wait' }>): Move {
  switch (move.to) {
    case 'node':
      // Whoever asked for the end gets it at the first moment at which nothing is under way.
      if (draft.cancel !== null) return unwindAll(draft.cancel.reason, 'cancelled');
      return enter(draft, move.node);
    case 'unwind':
      draft.unwinding = move.unwinding;
      if ('end' in move.unwinding.after) draft.status = 'compensating';
      return { to: 'amends' };
    case 'amends':
      return nextAmends(draft);
    case 'end':
      return end(draft, move);
  }
}

function enter(draft: Draft, node: string): Move {
  try {
    return enterNode(draft, node);
  } catch (error) {
    if (!isApplianceError(error, 'SAGA_EXPRESSION')) throw error;
    return unwindAll(error.message, 'compensated');
  }
}

/** Newest first: what was done last stands on what was done before it. */
function nextAmends(draft: Draft): Move {
  const { unwinding } = draft;
  if (unwinding === null) return WAIT;
  const due = draft.journal.findLast((entry) => entry.amends === 'due' && entry.seq >= unwinding.fromSeq);
  if (due !== undefined) return startWork(draft, { node: due.node, visit: due.visit, role: 'compensation' });
  draft.unwinding = null;
  const { after, reason } = unwinding;
  if ('go' in after) return { to: 'node', node: after.go };
  return { to: 'end', status: after.end, reason, output: after.output };
}

function end(draft: Draft, move: Extract<Move, { to: 'end' }>): Move {
  draft.status = move.status;
  draft.positions = [];
  draft.unwinding = null;
  draft.result = { output: move.output, reason: move.reason };
  draft.emit(sagaEnded, {
    sagaId: draft.sagaId,
    definition: draft.definition.name,
    outcome: move.status,
    durationMs: Math.max(0, Math.round(draft.nowMs - draft.before.startedMs)),
    ...(move.status === 'completed' ? {} : { reason: move.reason }),
  });
  return WAIT;
}

function wake(draft: Draft, position: Position): Move {
  const due = dueMs(position);
  if (due === null || due > draft.nowMs || !draft.positions.includes(position)) return WAIT;
  if (position.at === 'work') return onTimeout(draft, position);
  const node = draft.node(position.node);
  if (node.kind === 'task' && position.at === 'task') {
    // Without a way out it stays open past its time; only the wake-up must not come again.
    if (node.onDue === null) {
      draft.replace(position, { ...position, untilMs: null });
      return WAIT;
    }
    draft.closeTask(position.taskId, node.taskKind, { state: 'expired' });
  }
  draft.remove(position);
  const next =
    node.kind === 'timer'
      ? node.next
      : node.kind === 'signal'
        ? node.onTimeout
        : node.kind === 'task'
          ? node.onDue
          : null;
  if (next !== null) return { to: 'node', node: next };
  return unwindAll(`"${'title' in node ? node.title : position.node}" did not come in time`, 'compensated');
}

function recover(draft: Draft, position: Position): Move {
  if (position.at === 'work') return afterCrash(draft, position);
  const node = draft.node(position.node);
  if (node.kind === 'signal') draft.intend({ do: 'seek-signal', name: node.signal });
  return WAIT;
}

function onSignal(draft: Draft, event: Extract<SagaEvent, { type: 'signal' }>): Move {
  for (const position of draft.positions) {
    const node = draft.node(position.node);
    if (position.at !== 'signal' || node.kind !== 'signal' || node.signal !== event.name) continue;
    draft.record({ record: 'signal-taken', signalId: event.signalId });
    draft.remove(position);
    note(draft, position, event.payload);
    return { to: 'node', node: node.next };
  }
  return WAIT; // it stays stored until somebody waits for it
}

function onTaskDecided(draft: Draft, event: Extract<SagaEvent, { type: 'task-decided' }>): Move {
  for (const position of draft.positions) {
    if (position.at === 'work' && position.phase.is === 'held' && position.phase.taskId === event.taskId) {
      return onHeldDecision(draft, position, position.phase.cause, event);
    }
    if (position.at !== 'task' || position.taskId !== event.taskId) continue;
    const node = draft.node(position.node);
    if (node.kind !== 'task') continue;
    const chosen = node.decisions.find((one) => one.id === event.decision);
    if (chosen === undefined) return WAIT;
    const { by, decision } = event;
    draft.remove(position);
    draft.closeTask(event.taskId, node.taskKind, { state: 'completed', by, decision, note: event.note });
    note(draft, position, { decision, by, note: event.note });
    return { to: 'node', node: chosen.next };
  }
  return WAIT;
}

/** Records what a waiting node got, so that later nodes can refer to it. */
function note(draft: Draft, position: Position, output: Json): void {
  const { node, visit } = position;
  draft.write({ op: 'add', entry: { seq: draft.seq, node, visit, outcome: 'done', output, amends: 'none' } });
}
