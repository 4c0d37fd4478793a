import { ApplianceError } from '#contracts/errors.ts';
import type { ApiServices } from '../../appliance/api/index.ts';
import { damageModel } from '../support/damage-model.ts';

/** One model that has drifted, which a technician can trust again. */
export const restingModels: ApiServices['models'] = {
  list: () => [damageModel],
  async rebase(model, _by) {
    if (model !== damageModel.name) {
      throw new ApplianceError('SAGA_MODEL_NOT_FOUND', { model, known: damageModel.name });
    }
    return { ...damageModel, state: 'trusted', why: 'what is usual now counts as right' };
  },
  risk: () => ({ trained: false, why: 'no order has ended yet', samples: 0, exceptions: 0, auc: null }),
};
