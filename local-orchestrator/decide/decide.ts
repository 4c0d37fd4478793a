import type { Random } from '#contracts/clock.ts';
import { sagaEnded, sagaStarted } from '#contracts/events/saga.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { onChildEnded, recoverChild } from './child.ts';
import { computed } from './computed.ts';
import type { Decision } from './decision.ts';
import { Draft } from './draft.ts';
import { drain } from './drain.ts';
import type { RecordedEvent, SagaEvent } from './events.ts';
import { failLane } from './fail.ts';
import { onFaulted } from './fault.ts';
import { advanceGroup, leaveGroup } from './groups.ts';
import { ROOT } from './lanes.ts';
import { AMENDS, type Move, unwindAll, WAIT } from './move.ts';
import { enterNode } from './nodes.ts';
import { parkNode } from './park.ts';
import { afterCrash, onAnswer, onGranted, onResult, onSilent } from './reconcile.ts';
import { hasEnded, type Lane, type Position, type SagaState } from './state.ts';
import { nextAmends, requestCancel, startUnwinding } from './unwind.ts';
import { onSignal, onTaskDecided, wake } from './waiting.ts';

/**
 * Moves of one event: enough for a thousand items that pass a few branches each. A circle without a wait is refused
 * by the check of a definition; this is the second lock.
 */
const MOVES_MAX = 30_000;

/**
 * What becomes of a saga when something happens: pure, total, and the only place where it is decided.
 *
 * Order of use: write `state`, `journal`, `records` and `events` in one transaction; then, never before, carry
 * out `intents`. An event that comes twice, late or for something else returns the state it was given.
 */
export function decide(
  definition: SagaDefinition,
  state: SagaState,
  event: RecordedEvent,
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
function reactions(draft: Draft, event: RecordedEvent): readonly (() => Move)[] {
  const { positions } = draft.before;
  switch (event.type) {
    case 'started':
      return draft.before.seq > 0 ? [] : [() => begin(draft)];
    case 'result':
      return [() => onResult(draft, event.work, event.result)];
    case 'answered':
      return [() => onAnswer(draft, event.work, event.query, event.answer)];
    case 'granted':
      return [() => onGranted(draft, event.work)];
    case 'silent':
      return [() => onSilent(draft, event.work)];
    case 'child-ended':
      return [() => onChildEnded(draft, event)];
    case 'woken':
      return positions.map((position) => () => wake(draft, position, event.waited));
    case 'recovered':
      return positions.map((position) => () => recover(draft, position));
    case 'signal':
      return [() => onSignal(draft, event)];
    case 'task-decided':
      return [() => onTaskDecided(draft, event)];
    case 'cancel':
      return [() => requestCancel(draft, { by: event.by, reason: event.reason })];
    case 'faulted':
      return [() => onFaulted(draft, event)];
  }
}

function begin(draft: Draft): Move {
  const { name, start } = draft.definition;
  draft.emit(sagaStarted, { sagaId: draft.sagaId, definition: name, hash: draft.before.hash });
  return { to: 'node', node: start, lane: ROOT };
}

/** Carries out moves until the saga waits for the world. */
function follow(draft: Draft, first: Move): void {
  const ahead: Move[] = [first];
  for (let count = 0, move = ahead.pop(); move !== undefined; count += 1, move = ahead.pop()) {
    if (move.to === 'wait') continue;
    if (move.to === 'all') {
      ahead.push(...move.moves.toReversed());
      continue;
    }
    const isAround = count === MOVES_MAX;
    if (isAround) ahead.length = 0;
    ahead.push(isAround ? unwindAll('it goes round without waiting', 'compensated') : carryOut(draft, move));
  }
}

function carryOut(draft: Draft, move: Exclude<Move, { to: 'wait' | 'all' }>): Move {
  switch (move.to) {
    case 'node':
      // Nothing begins where amends are made: whatever has come to its end there is the next to be undone.
      return draft.isUnwound(move.lane) ? AMENDS : enter(draft, move.node, move.lane);
    case 'group':
      return advanceGroup(draft, move.group);
    case 'leave':
      return leaveGroup(draft, move);
    case 'unwind':
      return startUnwinding(draft, move.unwinding);
    case 'amends':
      return nextAmends(draft);
    case 'park':
      return parkNode(draft, move.at, move.reason);
    case 'end':
      return end(draft, move);
    case 'event':
      return again(draft, move.event);
  }
}

function again(draft: Draft, event: SagaEvent): Move {
  if (event.type === 'started') return begin(draft);
  for (const react of reactions(draft, event)) follow(draft, react());
  return WAIT;
}

function enter(draft: Draft, node: string, lane: Lane): Move {
  const move = computed(() => enterNode(draft, node, lane));
  return 'value' in move
    ? move.value
    : failLane(draft, lane, { code: 'SAGA_EXPRESSION', reason: move.problem });
}

function end(draft: Draft, move: Extract<Move, { to: 'end' }>): Move {
  draft.status = move.status;
  draft.result = { output: move.output, reason: move.reason };
  for (const position of draft.positions) if (position.at === 'fault') drain(draft, position, move.reason);
  draft.emit(sagaEnded, {
    sagaId: draft.sagaId,
    definition: draft.definition.name,
    outcome: move.status,
    durationMs: Math.max(0, Math.round(draft.nowMs - draft.before.startedMs)),
    ...(move.status === 'completed' ? {} : { reason: move.reason }),
  });
  return WAIT;
}

function recover(draft: Draft, position: Position): Move {
  if (position.at === 'work') return afterCrash(draft, position);
  if (position.at === 'child') return recoverChild(draft, position);
  if (position.at === 'fault') return WAIT;
  const node = draft.node(position.node);
  if (node.kind === 'signal') draft.intend({ do: 'seek-signal', name: node.signal });
  return WAIT;
}
