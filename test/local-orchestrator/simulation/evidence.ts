import { sequenceOf } from '../../../local-orchestrator/decide/backoff.ts';
import { decide } from '../../../local-orchestrator/decide/decide.ts';
import type { SagaEvent } from '../../../local-orchestrator/decide/events.ts';
import type { SagaState } from '../../../local-orchestrator/decide/state.ts';
import { MODEL_TASK } from '../../../local-orchestrator/decide/tasks.ts';
import type { Orchestrator } from '../../../local-orchestrator/index.ts';
import { APPROVE_AT } from './random-waits.ts';

export type Rebuilt = NonNullable<Awaited<ReturnType<Orchestrator['history']['sagaAt']>>>;
type Passed = Rebuilt['passed'][number];

/** What came about in a saga, by its own records. */
export function evidenceOf({ definition, passed }: Rebuilt): Set<string> {
  const seen = new Set<string>();
  for (const one of passed) {
    const { recorded, decision } = one;
    seen.add(`event ${recorded.event.type}`);
    if (waitedForTurn(one)) seen.add('waited for a turn');
    const opened = decision.journal.some(
      (op) => op.op === 'add' && op.entry.outcome === 'opened' && isModel(definition, op.entry.node),
    );
    for (const record of decision.records) {
      if (record.record === 'parked') seen.add(`parked ${record.cause}`);
      if (record.record === 'resumed') seen.add(`resumed by ${record.decision}`);
      if (record.record === 'task-opened' && record.task.kind === MODEL_TASK && !opened)
        seen.add('model failed');
    }
    for (const op of decision.journal) {
      if (op.op === 'amend') seen.add(`amends ${op.amends}`);
      else if (isModel(definition, op.entry.node)) seen.add(modelEvidence(op.entry));
    }
  }
  return seen;
}

const isModel = ({ nodes }: Rebuilt['definition'], id: string) => nodes[id]?.kind === 'model';

function modelEvidence({ outcome, output }: SagaState['journal'][number]): string {
  const { by, score } = output as { by?: string; score?: number };
  if (outcome === 'opened') return (score ?? 0) >= APPROVE_AT ? 'model approved' : 'model escalated';
  return by === 'model' ? 'model acted' : 'model decided by a person';
}

/** Its turn came later than it was asked for. */
function waitedForTurn({ recorded: { event, decidedMs }, before }: Passed): boolean {
  if (event.type !== 'granted') return false;
  const { node, visit, role } = event.work;
  return before.positions.some(
    (one) =>
      one.at === 'work' &&
      one.node === node &&
      one.visit === visit &&
      one.role === role &&
      one.sinceMs < decidedMs,
  );
}

/** What the outside may say twice, or when nobody waits for it any more. */
const repeatable: ReadonlySet<string> = new Set<SagaEvent['type']>([
  'started',
  'result',
  'answered',
  'silent',
  'child-ended',
  'task-decided',
  'cancel',
]);

/** Whatever comes can be decided; told once more, at once, later or at the end, it makes no difference. */
export function misheardBy({ definition, passed }: Rebuilt): string[] {
  const last = passed.at(-1)?.decision.state;
  if (last === undefined) return [];
  const problems: string[] = [];
  const taken = new Set<string>();
  for (const { recorded } of passed) {
    const { event } = recorded;
    if (event.type === 'signal') {
      if (taken.has(event.signalId)) problems.push(`${last.sagaId} took signal ${event.signalId} twice`);
      taken.add(event.signalId);
    }
    if (event.type === 'faulted') problems.push(`${last.sagaId} could not be decided: ${event.reason}`);
  }
  const tell = (state: SagaState, { event, decidedMs, seed }: Passed['recorded'], when: string) => {
    const again = decide(definition, state, event, decidedMs, sequenceOf(seed));
    if (again.state === state && again.intents.length === 0) return;
    problems.push(`${state.sagaId} at ${state.seq}: ${event.type} that came ${when} made a difference`);
  };
  for (const [index, { recorded, decision }] of passed.entries()) {
    if (!repeatable.has(recorded.event.type)) continue;
    tell(decision.state, recorded, 'twice');
    const later = passed[index + LATER_COUNT]?.decision.state;
    if (later !== undefined) tell(later, recorded, 'late');
    tell(last, recorded, 'at the end');
  }
  return problems;
}
/** Transitions between an event and its late copy. */
const LATER_COUNT = 3;
