import { type Static, Type } from 'typebox';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { defineSaga } from '../definition/builder.ts';
import { eq, not, text } from '../definition/refs.ts';
import { goOn, to, way } from '../definition/routes.ts';
import { type RecoveryRules, robotTroubles } from '../fleet/robot-watch.ts';
import { robot } from './floor-activities.ts';
import { releaseRobot } from './pick-activities.ts';
import { checkRobot, fenceRobot } from './recovery-activities.ts';

export const ROBOT_RECOVERY = 'robot-recovery';

export const RecoveryInput = Type.Object(
  {
    robotId: Type.String({ minLength: 1, maxLength: 64, description: 'Robot that is in trouble.' }),
    trouble: Type.Enum([...robotTroubles]),
  },
  { additionalProperties: false },
);
export type RecoveryInput = Static<typeof RecoveryInput>;

const PARK_TIMEOUT_MS = 300_000;
const EMPTY_TIMEOUT_MS = 900_000;
const RESPOND_MS = 300_000;
/** What a robot that may be out of reach is asked: once, with time to come to rest. */
const onceOnly = {
  retry: { attempts: 1 },
  refusal: { budgetMs: 60_000 },
  reconcile: { queries: 1, whenUnknown: 'fail' as const },
};

/**
 * Takes a robot that is lost, stuck, flat or in fault out of service and brings it back.
 *
 * First it is fenced: whoever had it can no longer command it, so the order it worked for goes on with another
 * robot, or asks a person about the tote. The robot is told to give up its goal and to go to a charging or parking
 * place; what it still carries it puts back. When it does not follow, a person fetches it. It is out of service for
 * as long as this runs, also while it is being repaired.
 */
export function robotRecovery({ flatBelow }: RecoveryRules): SagaDefinition {
  return defineSaga(ROBOT_RECOVERY, RecoveryInput)
    .step('fence', fenceRobot, {
      title: 'Take the robot out of service',
      input: ({ input }) => ({ robotId: input.robotId }),
      undo: {
        activity: releaseRobot,
        title: 'Put the robot back into service',
        input: () => ({ epoch: null }),
      },
    })
    .step('halt', robot.cancel, {
      title: 'Tell it to give up its goal',
      ...onceOnly,
      input: ({ steps }) => ({ target: steps.fence.robotId, epoch: steps.fence.epoch, args: {} }),
      onFailure: { '*': goOn },
    })
    .step('park', robot.park, {
      title: 'Send it to charge or park',
      timeoutMs: PARK_TIMEOUT_MS,
      ...onceOnly,
      input: ({ steps }) => ({ target: steps.fence.robotId, epoch: steps.fence.epoch, args: {} }),
      onFailure: {
        '*': way((saga) =>
          saga
            .task('retrieve', {
              kind: 'robot-retrieve',
              title: 'Fetch a robot',
              text: ({ input }) =>
                text`${input.robotId} is ${input.trouble} and does not follow. Go to it, see that the way is clear and bring it to a charging or parking place.`,
              context: ({ input, steps }) => ({
                Robot: input.robotId,
                Trouble: input.trouble,
                'Last seen at': steps.fence.where,
                'Tote on board': steps.fence.toteId,
                'Worked for': steps.fence.takenFrom,
              }),
              people: () => ({ respondMs: RESPOND_MS, skill: 'robots' }),
              decisions: {
                back: {
                  label: 'It is well and stands where it should',
                  tone: 'primary',
                  needsNote: false,
                  leads: goOn,
                },
                repair: {
                  label: 'It has to be repaired',
                  tone: 'neutral',
                  needsNote: true,
                  leads: way((broken) =>
                    broken.task('repair', {
                      kind: 'robot-repair',
                      title: 'A robot is being repaired',
                      text: ({ input }) => text`${input.robotId} stays out of service until it is back.`,
                      context: ({ input }) => ({ Robot: input.robotId }),
                      people: () => ({ role: 'technician' }),
                      decisions: {
                        back: { label: 'It is back', tone: 'primary', needsNote: false, leads: goOn },
                      },
                    }),
                  ),
                },
              },
            })
            .step('resume', robot.resume, {
              title: 'Let it move again',
              ...onceOnly,
              input: ({ steps }) => ({ target: steps.fence.robotId, epoch: steps.fence.epoch, args: {} }),
              onFailure: { '*': goOn },
            }),
        ),
      },
    })
    .branch('loaded', {
      title: 'Has it a tote on board?',
      when: ({ steps }) => not(eq<string>(steps.fence.toteId, '')),
      way: (saga) =>
        saga.step('empty', robot.putBack, {
          title: 'Put back what it carries',
          timeoutMs: EMPTY_TIMEOUT_MS,
          ...onceOnly,
          input: ({ steps }) => ({
            target: steps.fence.robotId,
            epoch: steps.fence.epoch,
            args: { toteId: steps.fence.toteId },
          }),
          // A person has taken the tote off, or takes it off when the check below says so.
          onFailure: { '*': goOn },
        }),
    })
    .step('check', checkRobot, {
      title: 'See that it is well',
      retry: { attempts: 5 },
      input: ({ steps }) => ({ robotId: steps.fence.robotId, batteryMin: flatBelow }),
      onFailure: { ROBOT_NOT_FIT: to('retrieve') },
    })
    .step('release', releaseRobot, {
      title: 'Put the robot back into service',
      input: ({ steps }) => ({ epoch: steps.fence.epoch }),
      voids: ['fence'],
    })
    .end({
      title: 'Recover a robot',
      version: 1,
      search: ({ input }) => ({ robot: input.robotId, trouble: input.trouble }),
      slo: { durationMs: 1_800_000, objective: 0.9 },
      output: ({ steps }) => ({ robotId: steps.fence.robotId, battery: steps.check.battery }),
    });
}
