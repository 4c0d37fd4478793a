import type { Compensation, ModelNode } from '#contracts/sagas.ts';
import { defaultReconcile, defaultRefusal, defaultRetry } from '../definition/policies.ts';
import type { Draft } from './draft.ts';
import type { WorkRef } from './work-ref.ts';

/** What a step, its amends and the question to a model have in common. */
export type WorkSpec = Omit<Compensation, 'when'>;

/** What a piece of work is, in the definition. */
export function specOf(draft: Draft, ref: Pick<WorkRef, 'node' | 'role'>): WorkSpec {
  if (ref.role === 'compensation') {
    const compensation = compensationOf(draft, ref.node);
    if (compensation === undefined) throw new Error(`step ${ref.node} has no compensation`);
    return compensation;
  }
  const node = draft.node(ref.node);
  if (node.kind === 'step') return node;
  if (node.kind === 'model') return question(node);
  throw new Error(`node ${ref.node} is no step`);
}

export function compensationOf(draft: Draft, id: string): Compensation | undefined {
  const node = draft.node(id);
  return node.kind === 'step' || node.kind === 'child' ? node.compensation : undefined;
}

/** A model is asked once: when it does not answer in time, a person is at hand. */
const question = ({ title, model, input, options, cacheMs, timeoutMs }: ModelNode): WorkSpec => ({
  title,
  activity: { name: 'model.decide', version: 1, via: 'local', effect: 'idempotent' },
  input: { model, input, options: options.map(({ id }) => id), cacheMs },
  timeoutMs,
  expiryMs: timeoutMs,
  retry: { ...defaultRetry, attempts: 1 },
  refusal: defaultRefusal,
  reconcile: defaultReconcile,
});
