import type { ModelSummary } from '#contracts/models.ts';

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
