import type { Interlock } from '#contracts/api.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Floor } from './threads/floor.ts';

/**
 * A person says that the site may move again. Returns the interlock as it is then; one that was there only because
 * it wanted a reset, such as that of a watchdog, is gone with it, and counts as met.
 * Errors: API_NOT_FOUND, SAFE_RESET_REFUSED.
 */
export async function resetInterlock(
  floor: Pick<Floor, 'interlocks' | 'resetInterlock'>,
  id: string,
  by: string,
): Promise<Interlock> {
  const find = () => floor.interlocks().find((each) => each.id === id);
  const before = find();
  const result = await floor.resetInterlock(id, by);
  const after = find();
  const known = after ?? before;
  if (known === undefined) throw new ApplianceError('API_NOT_FOUND', { what: 'interlock', id });
  if (!result.allowed)
    throw new ApplianceError('SAFE_RESET_REFUSED', { interlock: id, reason: result.reason });
  return after ?? { ...known, met: true, needsReset: false, reason: null };
}
