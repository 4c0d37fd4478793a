import { type Activity, commandActivity, localActivity } from '../../../local-orchestrator/index.ts';

/** What goes in tells what the work is for, so that two pieces of work that were mixed up would show. */
export type Named = { name: string };

export const effects = ['idempotent', 'queryable', 'neither'] as const;
export type Effects = (typeof effects)[number];

const of = <O>(prefix: string): Readonly<Record<Effects, Activity<Named, O>>> => ({
  idempotent: localActivity<Named, O>(`${prefix}idempotent`, 1, 'idempotent'),
  queryable: localActivity<Named, O>(`${prefix}queryable`, 1, 'queryable'),
  neither: localActivity<Named, O>(`${prefix}neither`, 1, 'neither'),
});
export const act = of<Named>('sim.');
export const undoAct = of<null>('sim.undo-');
export const door = { open: commandActivity('Door', 'open'), close: commandActivity('Door', 'close') };
