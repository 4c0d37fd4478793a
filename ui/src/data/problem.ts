import type { Problem } from '#contracts/api.ts';

/** Why a request did not do what was asked. `unreachable` says nothing about whether it took effect. */
export type Failure =
  | { kind: 'problem'; problem: Problem }
  | { kind: 'unreachable' }
  | { kind: 'unreadable'; status: number };

export class RequestFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.kind === 'problem' ? failure.problem.title : failure.kind);
    this.name = 'RequestFailure';
    this.failure = failure;
  }
}

export const isConflict = (failure: Failure): boolean =>
  failure.kind === 'problem' && failure.problem.status === 409;

export const isSignedOut = (failure: Failure): boolean =>
  failure.kind === 'problem' && failure.problem.status === 401;

export const isMissing = (failure: Failure): boolean =>
  failure.kind === 'problem' && failure.problem.status === 404;

/** What happened and what to do, in words, for any failure. */
export function failureWords(failure: Failure): { title: string; hint: string } {
  switch (failure.kind) {
    case 'problem':
      return { title: failure.problem.title, hint: failure.problem.hint };
    case 'unreachable':
      return {
        title: 'The appliance did not answer',
        hint: 'It may or may not have taken effect. It is safe to try again.',
      };
    case 'unreadable':
      return {
        title: `The appliance answered in a way this page does not understand (${failure.status})`,
        hint: 'Reload the page. If it stays, the page and the appliance may be of different versions.',
      };
  }
}
