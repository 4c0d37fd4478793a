import type { Intent } from './decision.ts';
import type { Draft } from './draft.ts';
import { specOf } from './spec.ts';
import type { WorkPosition } from './state.ts';

export const isLimited = (draft: Draft, position: WorkPosition): boolean =>
  specOf(draft, position).limits !== undefined;

/**
 * Asks for a turn at the limits of a piece of work.
 *
 * Errors: SAGA_EXPRESSION when a key cannot be computed.
 */
export function queueFor(draft: Draft, position: WorkPosition, taken: boolean): Intent {
  const { node, visit, role, lane } = position;
  const limits = (specOf(draft, position).limits ?? []).map(({ key, ...limit }) => {
    const value = draft.evaluate(key, `${node}, limit ${limit.name}`, lane);
    return { ...limit, key: typeof value === 'string' ? value : JSON.stringify(value) };
  });
  return { do: 'queue', work: { node, visit, role }, limits, taken };
}

export function unqueue(draft: Draft, { node, visit, role }: WorkPosition): void {
  draft.intend({ do: 'unqueue', work: { node, visit, role } });
}
