import { ApplianceError } from '#contracts/errors.ts';
import type { TagConfig } from '#contracts/site-devices.ts';

/** The error of a tag whose address its protocol cannot read. */
export const badAddress = (tag: Pick<TagConfig, 'name' | 'address'>, problem: string): ApplianceError =>
  new ApplianceError('DRV_BAD_ADDRESS', { tag: tag.name, address: tag.address, problem });
