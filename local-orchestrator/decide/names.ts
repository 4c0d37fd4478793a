import type { Role, WorkRef } from './work-ref.ts';

/**
 * Names that are the same after every restart, because the outside world remembers them.
 *
 * `workKey` is the idempotency key of a piece of work: the same for each attempt. `commandId` adds the attempt:
 * a command that ended is never submitted again under its id.
 */
export const workKey = (sagaId: string, work: Omit<WorkRef, 'attempt'>): string =>
  `${sagaId}:${work.node}.${work.visit}${suffix(work.role)}`;

export const commandId = (sagaId: string, work: WorkRef): string =>
  `${workKey(sagaId, work)}:a${work.attempt}`;

/** A child that is begun again after a crash is the same one. */
export const childIdOf = (sagaId: string, { node, visit }: Pick<WorkRef, 'node' | 'visit'>): string =>
  `${sagaId}/${node}.${visit}`;

export const taskIdOf = (sagaId: string, seq: number): string => `${sagaId}:t${seq}`;

const suffix = (role: Role) => (role === 'compensation' ? ':undo' : '');
