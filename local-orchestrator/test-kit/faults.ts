import type { Command, CommandResult } from '#contracts/commands.ts';
import type { WorkResult } from '../decide/events.ts';
import { between, chanceOf, pick } from './chance.ts';
import { type Duration, milliseconds } from './duration.ts';
import type { Behaviour } from './plant.ts';

/** What can go wrong with one attempt. */
export const faultKinds = [
  /** Nothing happens, and it says so: a closed interlock, a busy device. */
  'refused',
  /** Nothing happens, and it says so. */
  'failed',
  /** Nothing happens, and nothing is heard. */
  'silence',
  /** It happens, and nothing is heard. */
  'answer-lost',
  /** It happens, and is heard of too late. */
  'answer-late',
  /** It happens, and it says that it does not know. */
  'unknown',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** For `failed`; FAULT without one. */
  readonly code?: string;
  /** For `failed`; true without one. */
  readonly retryable?: boolean;
  /** For `answer-late`: by how much. An hour without one. */
  readonly by?: Duration;
}

/** One attempt, before it is made. */
export interface Attempt {
  /** Names the attempt; the same after every restart. */
  readonly commandId: string;
  /** `<activity>@<version>` of a local activity, `<capability>.<action>` of a command. */
  readonly activity: string;
  /** Device, for a command. */
  readonly target: string | null;
}

export type FaultPlan = (attempt: Attempt) => Fault | undefined;

/**
 * A fault for the first `times` attempts at an activity, from the `from`-th on. `activity` is its name, with or
 * without its version, or a device.
 */
export function faultOn(
  activity: string,
  fault: Fault | FaultKind,
  { times = 1, from = 1 }: { times?: number; from?: number } = {},
): FaultPlan {
  let seen = 0;
  return (attempt) => {
    const [name] = attempt.activity.split('@');
    if (activity !== name && activity !== attempt.activity && activity !== attempt.target) return undefined;
    seen += 1;
    const isDue = seen >= from && seen < from + times;
    return isDue ? asFault(fault) : undefined;
  };
}

/**
 * Faults by chance, the same for the same seed whatever the order of things. The share falls with each attempt
 * at the same piece of work, so that what is tried often enough succeeds.
 */
export function randomFaults(
  seed: number,
  { share = 0.2, kinds = faultKinds }: { share?: number; kinds?: readonly FaultKind[] } = {},
): FaultPlan {
  return ({ commandId }) => {
    const random = chanceOf(seed, `fault ${commandId}`);
    const attempt = Number(/:a(\d+)$/.exec(commandId)?.[1] ?? 1);
    if (random() >= share / attempt) return undefined;
    const kind = pick(random, kinds);
    if (kind === 'answer-late') return { kind, by: between(random, 100, LATE_MS_MAX) };
    return { kind, retryable: random() < 0.8 };
  };
}

const LATE_MS_MAX = 600_000;
const asFault = (fault: Fault | FaultKind): Fault => (typeof fault === 'string' ? { kind: fault } : fault);
const HOUR_MS = 3_600_000;
export const lateMs = (fault: Fault): number => milliseconds(fault.by ?? HOUR_MS);

const refusedWords = 'refused by the test';
const failedWords = 'failed by the test';
const unknownWords = 'unknown by the test';

/** The fault of a local activity that nobody needs to carry out; null when it is about the answer only. */
export function resultOf(fault: Fault): WorkResult | null {
  const { kind, code = 'FAULT', retryable = true } = fault;
  if (kind === 'refused') return { outcome: 'refused', reason: refusedWords };
  if (kind === 'failed') return { outcome: 'failed', code, reason: failedWords, retryable };
  return kind === 'unknown' ? { outcome: 'unknown', reason: unknownWords } : null;
}

/** The same for a command. */
export function behaviourOf(fault: Fault): Behaviour {
  const { kind, code = 'FAULT', retryable = true } = fault;
  const answer = (result: CommandResult): Behaviour => ({ do: 'answer', result });
  switch (kind) {
    case 'refused':
      return answer({ state: 'refused', reason: refusedWords, interlocks: [], retryable: true });
    case 'failed':
      return answer({ state: 'failed', code, reason: failedWords, retryable });
    case 'silence':
      return { do: 'hang' };
    case 'answer-lost':
      return { do: 'act-and-hang' };
    case 'answer-late':
      return { do: 'act-and-wait', byMs: lateMs(fault) };
    case 'unknown':
      return { do: 'act-and-say', result: { state: 'unknown', reason: unknownWords } };
  }
}

export const attemptOf = ({ commandId, target, call }: Command): Attempt => ({
  commandId,
  activity: `${call.capability}.${call.action}`,
  target,
});
