import type { SagaStep } from '#contracts/saga-api.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { placeOf } from '../decide/lanes.ts';
import type {
  Intent,
  JournalOp,
  SagaEvent,
  SagaRecord,
  WorkAnswer,
  WorkRef,
  WorkResult,
} from '../decide/state.ts';
import { hasEnded } from '../decide/state.ts';
import type { Passed } from './replay.ts';

/** A transition in the words of its definition: what happened, and what came of it. */
export function tellStep(definition: SagaDefinition, { recorded, before, decision }: Passed): SagaStep {
  const title = titles(definition);
  const { state, journal, records, intents } = decision;
  const made = [
    ...journal.map((op) => tellJournal(op, title)),
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

type Title = (work: { readonly node: string; readonly role?: WorkRef['role'] }) => string;

const titles =
  ({ nodes }: SagaDefinition): Title =>
  ({ node: id, role = 'action' }) => {
    const node = Object.hasOwn(nodes, id) ? nodes[id] : undefined;
    if (node === undefined || !('title' in node)) return `"${id}"`;
    const amends = role === 'compensation' && 'compensation' in node ? node.compensation : undefined;
    return `"${amends?.title ?? node.title}"`;
  };

const attempt = (work: WorkRef): string => (work.attempt > 1 ? `, attempt ${work.attempt},` : '');

function tellEvent(event: SagaEvent, title: Title): string {
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

function tellJournal(op: JournalOp, title: Title): string {
  if (op.op === 'amend') {
    const words = { none: 'needs no amends', due: 'would need amends', made: 'has been taken back' } as const;
    const rest = { skipped: 'was left as it is by a person', voided: 'no longer needs amends' } as const;
    return `${title(op)} ${{ ...words, ...rest }[op.amends]}`;
  }
  const { outcome, node, lane } = op.entry;
  const isOneWay = placeOf(lane)?.node === node;
  return `${isOneWay ? 'a way of ' : ''}${title(op.entry)} ${outcome === 'done' ? 'is done' : outcome === 'failed' ? 'has failed' : 'was entered'}`;
}

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
