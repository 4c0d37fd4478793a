import type { JoinPolicy } from '#contracts/sagas.ts';
import type { Group } from './state.ts';

export type Tally = Pick<Group, 'total' | 'completed' | 'failed' | 'cancelled'>;

const needed = (need: JoinPolicy, total: number): number =>
  need === 'all' ? total : need === 'any' ? 1 : need === 'settled' ? 0 : need;

/** Enough ways have come to a good end. */
export const isSatisfied = (need: JoinPolicy, tally: Tally): boolean =>
  need === 'settled'
    ? tally.completed + tally.failed + tally.cancelled === tally.total
    : tally.completed >= needed(need, tally.total);

/** Too few are left for it ever to be enough. */
export const isHopeless = (need: JoinPolicy, tally: Tally): boolean =>
  tally.total - tally.failed - tally.cancelled < needed(need, tally.total);
