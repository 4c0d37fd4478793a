import type { SagaStep } from '#contracts/saga-api.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { Intent, SagaRecord } from '../decide/decision.ts';
import type { RecordedEvent, WorkAnswer, WorkResult } from '../decide/events.ts';
import { hasEnded } from '../decide/state.ts';
import type { WorkRef } from '../decide/work-ref.ts';
import type { Passed } from './replay.ts';
import { type Title, tellJournal, tellWaits } from './tell-nodes.ts';

/** A transition in the words of its definition: what happened, and what came of it. */
export function tellStep(definition: SagaDefinition, { recorded, before, decision }: Passed): SagaStep {
  const title = titles(definition);
  const { state, journal, records, intents } = decision;
  const made = [
    ...journal.map((op) => tellJournal(op, definition, title)),
    ...tellWaits(before.positions, state.positions, recorded.atMs - recorded.decidedMs, title),
    ...records.flatMap((record) => tellRecord(record)),
    ...intents.flatMap((intent) => tellIntent(intent, title)),
    ...(state.status === 'compensating' && before.status !== 'compensating' ? ['amends begin'] : []),
    ...(hasEnded(state) ? [`the saga has ended: ${state.status}`] : []),
  ];
  return {
    position: recorded.seq,
    at: new Date(recorded.atMs).toISOString(),
    what: tellEvent(recorded.event, title),
    made,
  };
}

const titles =
  ({ nodes }: SagaDefinition): Title =>
  ({ node: id, role = 'action' }) => {
    const node = Object.hasOwn(nodes, id) ? nodes[id] : undefined;
    if (node === undefined || !('title' in node)) return `"${id}"`;
    const amends = role === 'compensation' && 'compensation' in node ? node.compensation : undefined;
    return `"${amends?.title ?? node.title}"`;
  };

const attempt = (work: WorkRef): string => (work.attempt > 1 ? `, attempt ${work.attempt},` : '');

function tellEvent(event: RecordedEvent, title: Title): string {
  switch (event.type) {
    case 'started':
      return 'It was begun';
    case 'result':
      return `${title(event.work)}${attempt(event.work)} ${tellResult(event.result)}`;
    case 'answered':
      return `Asked about ${title(event.work)}: ${tellAnswer(event.answer)}`;
    case 'granted':
      return `The turn of ${title(event.work)} came`;
    case 'silent':
      return `${title(event.work)}${attempt(event.work)} was not heard of any more`;
    case 'child-ended':
      return `Its child ${event.childId} ended: ${event.status}`;
    case 'woken':
      return 'Its time came';
    case 'recovered':
      return 'The appliance was started again';
    case 'signal':
      return `The signal "${event.name}" came`;
    case 'task-decided':
      return `${event.by} decided: ${event.decision}${event.note === null ? '' : ` (${event.note})`}`;
    case 'cancel':
      return `${event.by} asked for its end: ${event.reason}`;
    case 'faulted':
      return `It could not be decided what follows (${event.event.type}): ${event.reason}`;
  }
}

function tellResult(result: WorkResult): string {
  switch (result.outcome) {
    case 'succeeded':
      return 'succeeded';
    case 'failed':
      return `failed: ${result.reason} (${result.code})`;
    case 'refused':
      return `was refused: ${result.reason}`;
    case 'unknown':
      return `ended, and nobody knows how: ${result.reason}`;
  }
}

const tellAnswer = (answer: WorkAnswer): string => {
  if (answer.outcome === 'done') return 'it was done';
  if (answer.outcome === 'running') return 'it still runs';
  return `${answer.outcome === 'not-done' ? 'it was not done' : answer.outcome}: ${answer.reason}`;
};

function tellRecord(record: SagaRecord): string[] {
  switch (record.record) {
    case 'task-opened':
      return [`a person is asked: ${record.task.title}`];
    case 'task-closed':
      return [`the task is ${record.state}`];
    case 'parked':
      return [`it cannot go on by itself (${record.cause}): ${record.reason}`];
    case 'resumed':
      return ['it goes on'];
    default:
      return [];
  }
}

function tellIntent(intent: Intent, title: Title): string[] {
  switch (intent.do) {
    case 'run':
      return [`${title(intent.work)}${attempt(intent.work)} begins`];
    case 'ask':
      return [`it is asked what became of ${title(intent.work)}`];
    case 'abort':
      return [`${title(intent.work)} is told to stop`];
    case 'queue':
      return [`${title(intent.work)} waits for its turn`];
    case 'start-child':
      return [`its child ${intent.childId} is begun`];
    case 'cancel-child':
      return [`its child ${intent.childId} is told to end`];
    default:
      return [];
  }
}
