import { Type } from 'typebox';
import { GuardFigures, RolloutTake } from '../rollout.ts';
import { defineEvent } from './envelope.ts';

const audit = { lane: 'audit', classification: 'internal' } as const;
const versions = {
  name: Type.String({ description: 'Name of the definition.' }),
  from: Type.String({ description: 'Content hash of the version before.' }),
  to: Type.String({ description: 'Content hash of the new version.' }),
};
const said = { by: Type.String(), reason: Type.String() };

export const versionChosen = defineEvent({
  type: 'holdfast.definition.chosen.v1',
  title: 'New sagas get another version of a definition',
  ...audit,
  data: Type.Object({ ...versions, ...said }),
});
export const rolloutStarted = defineEvent({
  type: 'holdfast.rollout.started.v1',
  title: 'A share of new sagas gets a new version of a definition',
  ...audit,
  data: Type.Object({
    rolloutId: Type.String(),
    ...versions,
    key: Type.String(),
    take: RolloutTake,
    ...said,
  }),
});
export const rolloutEnded = defineEvent({
  type: 'holdfast.rollout.ended.v1',
  title: 'A rollout was promoted, aborted, or taken back by its guard',
  ...audit,
  data: Type.Object({
    rolloutId: Type.String(),
    ...versions,
    outcome: Type.Enum(['promoted', 'aborted', 'rolled-back']),
    ...said,
    old: Type.Optional(GuardFigures),
    new: Type.Optional(GuardFigures),
  }),
});
export const shadowStarted = defineEvent({
  type: 'holdfast.shadow.started.v1',
  title: 'A version runs beside the real one and touches nothing',
  ...audit,
  data: Type.Object({ shadowId: Type.String(), name: Type.String(), hash: Type.String(), ...said }),
});
export const shadowStopped = defineEvent({
  type: 'holdfast.shadow.stopped.v1',
  title: 'A shadow was stopped',
  ...audit,
  data: Type.Object({ shadowId: Type.String(), name: Type.String(), hash: Type.String(), ...said }),
});

export const rolloutEvents = [
  versionChosen,
  rolloutStarted,
  rolloutEnded,
  shadowStarted,
  shadowStopped,
] as const;
