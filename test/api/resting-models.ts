import { ApplianceError } from '#contracts/errors.ts';
import type { ModelSummary } from '#contracts/models.ts';
import type { ApiServices } from '../../appliance/api/services.ts';

export const damageModel: ModelSummary = {
  name: 'damage-check',
  kind: 'kserve',
  state: 'drifted',
  why: 'dents has shifted: stability index 0.41, at most 0.25 is asked for',
  since: '2026-11-21T06:00:00.000Z',
  version: '7',
  fallback: null,
  asked: 480,
  followed: 301,
  judged: 60,
  accuracy: 0.85,
  psi: 0.41,
  psiOf: 'dents',
};

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
