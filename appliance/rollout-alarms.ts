import type { SagaVersions } from '../local-orchestrator/index.ts';
import type { Alarms } from './floor/index.ts';

/**
 * A version that was taken back by its guard rings until somebody tries one again, or chooses. Returns what ends it.
 */
export function watchRollouts(
  versions: Pick<SagaVersions, 'rollouts' | 'onChosen'>,
  alarms: Alarms,
): () => void {
  const alarmOf = (name: string) => `rollout/${name}`;
  const ends = [
    versions.onChosen((name) => alarms.clear(alarmOf(name))),
    versions.rollouts.onChanged(({ name, state, to, endReason }) => {
      if (state !== 'rolled-back') return alarms.clear(alarmOf(name));
      const hash = to.slice(0, 12);
      alarms.raise({
        alarmId: alarmOf(name),
        severity: 'medium',
        source: name,
        text: `Version ${hash} of ${name} was taken back: ${endReason ?? 'it did worse than the old one'}`,
        hint: `New sagas get the old version. Look at "holdfast saga list --name ${name} --hash ${hash}".`,
      });
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
