import { ApplianceError } from '#contracts/errors.ts';
import type { ApiServices } from '../../appliance/api/index.ts';

/** An engine in which nothing happens. */
export const restingEngine: Pick<ApiServices, 'signal' | 'schedules' | 'breakers' | 'limits'> = {
  signal: async () => {},
  schedules: { list: () => [] },
  limits: () => [],
  breakers: {
    list: () => [],
    reset: async (breaker) => {
      throw new ApplianceError('SAGA_BREAKER_NOT_FOUND', { breaker });
    },
  },
};
