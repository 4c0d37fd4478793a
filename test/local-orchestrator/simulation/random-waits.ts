import { Type } from 'typebox';
import { endCancelled, goOn, sagaNamed, undoTo } from '../../../local-orchestrator/index.ts';
import { between, pick } from '../../../local-orchestrator/test-kit/index.ts';
import { act, type Named } from './activities.ts';
import { CHILD, type Making, type Open } from './making.ts';
import { SIM_MODEL } from './model-service.ts';
import { randomFailure } from './random-steps.ts';

export const waitKinds = ['timer', 'signal', 'task', 'model', 'undo'] as const;
export type WaitKind = (typeof waitKinds)[number] | 'child';

const MINUTE_MS = 60_000;
/** People of the simulation look after so long, and tasks are due or go on to others then: they meet. */
export const PERSON_MS = 3 * MINUTE_MS;
export const ACT_AT = 0.9;
export const APPROVE_AT = 0.6;

const no = { label: 'No', tone: 'danger', needsNote: true } as const;
const yes = { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn } as const;

/** A node that waits for time, word, people, a model or another saga. */
export function randomWait(saga: Open, kind: WaitKind, id: string, making: Making): Open {
  const { random, chance } = making;
  switch (kind) {
    case 'timer': {
      const delayMs = between(random, 1, 120) * MINUTE_MS;
      return saga.timer(id, { title: 'Rest', delayMs: () => delayMs });
    }
    case 'signal': {
      const signal = `word-${between(random, 1, 2)}`;
      making.signals.add(signal);
      const timeout = chance(0.3) ? { timeoutMs: 30 * MINUTE_MS, onTimeout: goOn } : {};
      return saga.signal(id, { title: 'Word', signal, payload: Type.Object({}), ...timeout });
    }
    case 'task':
      return saga.task(id, {
        kind: 'sim-task',
        title: 'Go on?',
        text: () => 'Go on?',
        ...due(making),
        people: () => escalating(making),
        decisions: { yes, no: { ...no, leads: chance(0.3) ? endCancelled('enough') : goOn } },
      });
    case 'model':
      return saga.model(id, {
        title: 'Go on?',
        model: SIM_MODEL,
        input: () => ({ name: id }),
        actAt: ACT_AT,
        approveAt: APPROVE_AT,
        cacheMs: pick(random, [0, 10 * MINUTE_MS]),
        text: () => 'Go on?',
        ...due(making),
        people: () => escalating(making),
        options: { yes, no: { ...no, leads: goOn } },
      });
    case 'undo':
      return undone(saga, id);
    case 'child':
      making.children.push(id);
      return saga.child(id, sagaNamed<Named, unknown>(CHILD), {
        title: 'Child',
        input: () => ({ name: id }),
        onCancel: pick(random, ['cancel', 'leave'] as const),
        ...randomFailure(making),
      });
  }
}

const due = ({ chance }: Making) => (chance(0.3) ? { dueMs: PERSON_MS, onDue: goOn } : {});

/** Taken from whoever has it, in the moment in which they answer. */
const escalating = ({ chance }: Making) =>
  chance(0.4)
    ? { escalation: [{ afterMs: PERSON_MS, when: 'unfinished' as const, role: 'lead', notify: [] }] }
    : {};

const undone = (saga: Open, id: string): Open =>
  saga.step(`${id}-step`, act.idempotent, { title: 'Work', input: () => ({ name: `${id}-step` }) }).task(id, {
    kind: 'sim-undo',
    title: 'Once more?',
    text: () => 'It can be undone and begun again.',
    decisions: {
      no: { ...no, needsNote: false, leads: goOn },
      again: {
        label: 'Again',
        tone: 'neutral',
        needsNote: false,
        leads: undoTo<Named, unknown>(`${id}-step`, 2, goOn),
      },
    },
  });
