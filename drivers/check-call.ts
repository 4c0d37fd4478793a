import { Value } from 'typebox/value';
import { type ActionSpec, actionSpec } from '#contracts/capabilities.ts';
import type { DeviceCall } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { CapabilityConfig } from '#contracts/site-devices.ts';

/** The row of the capability table a call means, or why it means none. */
export function checkCall(
  { target, call }: Pick<DeviceCall, 'target' | 'call'>,
  capability: CapabilityConfig | undefined,
): ActionSpec | ApplianceError {
  const { action } = call;
  if (capability === undefined || capability.kind !== call.capability) {
    return new ApplianceError('DRV_UNSUPPORTED', { target, action: `${call.capability}.${action}` });
  }
  const spec = actionSpec(call);
  if (spec === undefined) return new ApplianceError('DRV_UNSUPPORTED', { target, action });
  if (Value.Check(spec.args, call.args)) return spec;
  const [first] = Value.Errors(spec.args, call.args);
  const problem = `${first?.instancePath || 'arguments'} ${first?.message ?? 'do not fit'}`;
  return new ApplianceError('DRV_BAD_CALL', { target, action, problem });
}
