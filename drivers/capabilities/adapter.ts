import type { Clock } from '#contracts/clock.ts';
import type { CommandResult, Reconciliation } from '#contracts/commands.ts';
import type { DeviceCall, WriteResult } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { CapabilityConfig } from '#contracts/site-devices.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { TagSample, TagValue } from '#contracts/tags.ts';

/** How a call can end at a device. */
export type CallResult = Exclude<CommandResult, { state: 'refused' | 'expired' }>;

/** The tags of one device, as a capability sees them. */
export interface TagAccess {
  latest(tag: string): TagSample;
  /** Asks the device in one request, so that what was written together is read together. Rejects when it is silent. */
  readNow(tags: readonly string[]): Promise<readonly TagSample[]>;
  write(tag: string, value: TagValue): Promise<WriteResult>;
  watch(run: () => void): () => void;
}

/**
 * A capability made of tags. `execute` resolves within `timeoutMs`; the host lets one call of a target run at a
 * time, except that a call whose movement is `stops` comes in between.
 */
export interface Adapter {
  execute(call: DeviceCall): Promise<CallResult>;
  /** Never moves anything. */
  reconcile(call: DeviceCall): Promise<Reconciliation>;
}

export interface AdapterContext {
  readonly capability: CapabilityConfig;
  readonly places: readonly PlaceConfig[];
  readonly tags: TagAccess;
  readonly clock: Clock;
}

/** Bindings were checked when the driver was made; a role that is asked for and missing is our mistake. */
export function boundTag({ bind, id }: CapabilityConfig, role: string): string {
  const tag = bind?.[role];
  if (tag === undefined) {
    throw new ApplianceError('DRV_BAD_BINDING', { capability: id, problem: `role "${role}" is missing` });
  }
  return tag;
}

/** The value of a tag, only when it is good. */
export function goodValue(sample: TagSample): TagValue | null {
  return sample.quality.level === 'good' ? sample.value : null;
}

export const verified = (data: Record<string, unknown> = {}): CallResult => ({ state: 'verified', data });
export const unknown = (reason: string): CallResult => ({ state: 'unknown', reason });
export const fault = (error: ApplianceError): CallResult => ({
  state: 'failed',
  code: error.code,
  reason: error.message,
  retryable: error.retryable,
});
export const unsupported = (call: DeviceCall): CallResult =>
  fault(new ApplianceError('DRV_UNSUPPORTED', { target: call.target, action: call.call.action }));

/** A stop came first: what the call had not begun to move stays as it is. */
export const superseded = (call: DeviceCall): CallResult =>
  fault(new ApplianceError('DRV_SUPERSEDED', { target: call.target, action: call.call.action }));

/** A write that did not verify, as the result of the call that needed it. */
export function fromWrite(result: Exclude<WriteResult, { state: 'verified' }>): CallResult {
  return result;
}
