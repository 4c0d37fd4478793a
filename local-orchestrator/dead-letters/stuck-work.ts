import type { ActivityRef, Json, SagaDefinition } from '#contracts/sagas.ts';
import { Draft } from '../decide/draft.ts';
import { specOf } from '../decide/spec.ts';
import type { SagaState, WorkPosition } from '../decide/state.ts';
import { inputOf } from '../decide/work.ts';
import type { WorkRef } from '../decide/work-ref.ts';
import { isObject } from './merge-patch.ts';

export interface StuckWork {
  readonly title: string;
  /** Null for work that is no activity, such as a group. */
  readonly activity: Pick<ActivityRef, 'name' | 'version' | 'via'> | null;
  /** What it was tried with; null when it could not even be computed. */
  readonly input: Json;
  readonly device: string | null;
}

/** What a piece of work of a saga is, and what it was tried with, made of what is recorded. */
export function stuckWork(definition: SagaDefinition, state: SagaState, work: WorkRef): StuckWork {
  const draft = new Draft(definition, state, state.startedMs, () => 0);
  const position = state.positions.find(
    (one): one is WorkPosition =>
      one.at === 'work' && one.node === work.node && one.visit === work.visit && one.role === work.role,
  );
  const node = definition.nodes[work.node];
  const hasSpec = work.role === 'compensation' || node?.kind === 'step' || node?.kind === 'model';
  if (position === undefined || !hasSpec) {
    const title = node !== undefined && 'title' in node ? node.title : work.node;
    return { title, activity: null, input: null, device: null };
  }
  const { title, activity } = specOf(draft, position);
  const computed = inputOf(draft, position);
  const input = 'value' in computed ? computed.value : null;
  const target = activity.via === 'command' && isObject(input) ? input.target : null;
  return { title, activity, input, device: typeof target === 'string' ? target : null };
}
