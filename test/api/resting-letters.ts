import { ApplianceError } from '#contracts/errors.ts';
import type { ApiServices } from '../../appliance/api/index.ts';

const unknownLetter = async (taskId: string): Promise<never> => {
  throw new ApplianceError('SAGA_DEAD_LETTER_NOT_FOUND', { taskId });
};
const unknownRedrive = async (redriveId: string): Promise<never> => {
  throw new ApplianceError('SAGA_REDRIVE_NOT_FOUND', { redriveId });
};

/** A site without dead letters, in which nothing was counted. */
export const restingLetters: Pick<ApiServices, 'deadLetters' | 'kpis'> = {
  deadLetters: {
    list: async () => [],
    get: unknownLetter,
    runbook: async () => null,
    call: unknownLetter,
    redrive: unknownLetter,
    plan: async () => [],
    redriveMany: async () => unknownRedrive('none'),
    redrives: async () => [],
    redriveDetail: unknownRedrive,
    stopRedrive: unknownRedrive,
  },
  kpis: { windows: async () => [], slos: async () => [] },
};
