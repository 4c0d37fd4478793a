import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import { placeOf } from '../decide/lanes.ts';
import type { JournalEntry, JournalOp, Position } from '../decide/state.ts';
import type { WorkRef } from '../decide/work-ref.ts';
import { doneBy } from './ways-gone.ts';

export type Title = (work: { readonly node: string; readonly role?: WorkRef['role'] }) => string;

const amendsWords = {
  none: 'needs no amends',
  due: 'would need amends',
  made: 'has been taken back',
  skipped: 'was left as it is by a person',
  voided: 'no longer needs amends',
} as const;

/** What a node recorded, in words. */
export function tellJournal(op: JournalOp, { nodes }: SagaDefinition, title: Title): string {
  if (op.op === 'amend') return `${title(op)} ${amendsWords[op.amends]}`;
  const { entry } = op;
  const node = nodes[entry.node];
  const name = title(entry);
  if (placeOf(entry.lane)?.node === entry.node) return `a way of ${name} ${outcomeWords(entry)}`;
  if (entry.outcome !== 'done') return `${name} ${outcomeWords(entry)}`;
  if (node?.kind === 'timer') return `${name} is over`;
  if (node?.kind === 'end') return `it comes to the end ${name}`;
  if (node?.kind !== 'branch') return `${name} is done`;
  const way = doneBy(node, entry.output);
  const on = way === undefined || nodes[way.to]?.kind === 'join' ? '' : `, on to ${title({ node: way.to })}`;
  return `${name}: ${way?.label ?? 'decided'}${on}`;
}

function outcomeWords({ outcome, output }: JournalEntry): string {
  if (outcome !== 'failed') return outcome === 'done' ? 'is done' : 'was entered';
  return failures[codeOf(output)] ?? 'has failed';
}

const failures: Readonly<Record<string, string>> = {
  TIMED_OUT: 'did not come in time',
  CANCELLED: 'is no longer wanted',
  UNDO_EXHAUSTED: 'was done as often as it may be',
};

const codeOf = (output: Json): string =>
  typeof output === 'object' && output !== null && 'code' in output ? String(output.code) : '';

/** Waits that a transition began: for a time, or for word from outside. `aheadMs`: of wall time before the steady one. */
export function tellWaits(
  before: readonly Position[],
  now: readonly Position[],
  aheadMs: number,
  title: Title,
): string[] {
  return now.flatMap((position) => {
    if ((position.at !== 'timer' && position.at !== 'signal') || before.includes(position)) return [];
    const until =
      position.untilMs === null ? '' : ` until ${new Date(position.untilMs + aheadMs).toISOString()}`;
    return [`${title(position)} is waited for${until}`];
  });
}
