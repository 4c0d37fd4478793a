import type { SagaVersions } from '../local-orchestrator/index.ts';
import type { Alarms } from './floor/index.ts';

/**
 * A version that was taken back by its guard rings until somebody tries one again, or chooses. Returns what ends it.
 */
export function watchRollouts(rollouts: SagaVersions['rollouts'], alarms: Alarms): () => void {
  return rollouts.onChanged(({ name, state, to, endReason }) => {
    const alarmId = `rollout/${name}`;
    if (state !== 'rolled-back') return alarms.clear(alarmId);
    alarms.raise({
      alarmId,
      severity: 'medium',
      source: name,
      text: `Version ${to.slice(0, 12)} of ${name} was taken back: ${endReason ?? 'it did worse than the old one'}`,
      hint: `New orders are worked by the old version. Look at "holdfast saga list --name ${name} --hash ${to.slice(0, 12)}".`,
    });
  });
}
