import type { WriteResult } from '#contracts/devices.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { TagConfig } from '#contracts/site-devices.ts';
import type { TagValue } from '#contracts/tags.ts';
import type { Session } from './supervisor.ts';
import { fitType, sameRaw, toRaw } from './tag-codec.ts';
import type { Reading } from './tag-table.ts';

/** What a device said to a write. `unanswered`: it was sent, and nobody knows. `unsent`: it never left. */
export type WriteAnswer =
  | { state: 'acknowledged' }
  | { state: 'refused'; error: ApplianceError }
  | { state: 'unsent'; error: ApplianceError }
  | { state: 'unanswered'; reason: string };

/** A session of a device that consists of tags. */
export interface TagSession extends Session {
  /** Reads now, past any subscription. Rejects when the device does not answer. */
  read(tags: readonly TagConfig[]): Promise<readonly Reading[]>;
  write(tag: TagConfig, raw: TagValue): Promise<WriteAnswer>;
}

export interface WriteSteps {
  readonly device: string;
  readonly tag: TagConfig;
  readonly value: TagValue;
  readonly session: TagSession | null;
  readonly linkReason: string;
  /** Takes the read-back into the tag table. */
  take(readings: readonly Reading[]): void;
}

/** Writes one tag and reads it back. Never `failed` once the device may have taken it. */
export async function writeTag(steps: WriteSteps): Promise<WriteResult> {
  const { device, tag, session } = steps;
  if (tag.access !== 'read-write') return failed(new ApplianceError('DRV_READ_ONLY', { tag: tag.name }));
  let raw: TagValue;
  try {
    raw = toRaw(tag, steps.value);
  } catch (error) {
    if (isApplianceError(error)) return failed(error);
    throw error;
  }
  if (session === null) {
    return failed(new ApplianceError('DRV_LINK_DOWN', { device, reason: steps.linkReason }));
  }
  const answer = await session.write(tag, raw);
  if (answer.state === 'refused' || answer.state === 'unsent') return failed(answer.error);
  return confirm(steps, session, raw, answer.state === 'unanswered' ? `${answer.reason}, and ` : '');
}

async function confirm(
  steps: WriteSteps,
  session: TagSession,
  raw: TagValue,
  prelude: string,
): Promise<WriteResult> {
  const { tag, value } = steps;
  let reading: Reading | undefined;
  try {
    [reading] = await session.read([tag]);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { state: 'unknown', reason: `${prelude}${tag.name} could not be read back: ${words}` };
  }
  if (reading === undefined) return { state: 'unknown', reason: `${prelude}${tag.name} was not read back` };
  steps.take([reading]);
  const fit = fitType(tag.type, reading.raw);
  if (reading.quality !== undefined || !fit.ok) {
    const words = reading.quality?.reason ?? (fit.ok ? '' : fit.reason);
    return { state: 'unknown', reason: `${prelude}${tag.name} could not be read back: ${words}` };
  }
  if (!sameRaw(tag.type, raw, fit.value)) {
    // It may have taken the value and changed it since, as a PLC does that clears a start bit.
    const words = `${tag.name} reads ${fit.value} after ${raw} was written`;
    return { state: 'unknown', reason: `${prelude}${words}` };
  }
  return { state: 'verified', readBack: value };
}

export const failed = (error: ApplianceError) =>
  ({ state: 'failed', code: error.code, reason: error.message, retryable: error.retryable }) as const;
