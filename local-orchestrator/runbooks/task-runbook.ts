import { roleFor } from '#contracts/capabilities.ts';
import type { DeadLetter } from '#contracts/dead-letters.ts';
import type { Runbook, RunbookAction, TaskRunbook } from '#contracts/runbooks.ts';
import type { DecisionButton } from '#contracts/sagas.ts';
import { isDecision } from './decisions.ts';

type Shown = TaskRunbook['actions'][number];

/** What the actions of a runbook reach, for one dead letter. */
export interface RunbookReach {
  readonly letter: DeadLetter;
  /** Buttons of its task. */
  readonly decisions: readonly Pick<DecisionButton, 'id' | 'label'>[];
  /** Device that has the capability, for its page. */
  readonly deviceOf: (capability: string) => string | undefined;
}

const MINUTE_MS = 60_000;

/** A runbook with what can be pressed now: actions that this letter has no use for are left out. */
export function taskRunbook(runbook: Runbook, reach: RunbookReach): TaskRunbook {
  const { cause, title, deadlineMinutes, steps, actions } = runbook;
  const deadlineMs = Date.parse(reach.letter.openedAt) + deadlineMinutes * MINUTE_MS;
  return {
    cause,
    title,
    deadlineAt: new Date(deadlineMs).toISOString(),
    steps: [...steps],
    actions: actions.flatMap((action) => {
      const shown =
        typeof action === 'object' ? callAction(action.call, reach.letter) : shownAction(action, reach);
      return shown === null ? [] : [shown];
    }),
  };
}

const post = (
  role: Shown['role'],
  action: string,
  label: string,
  path: string,
  body: Record<string, unknown> = {},
): Shown => ({ action, label, role, request: { method: 'POST', path, body }, page: null });
const open = (action: string, label: string, page: string): Shown => ({
  action,
  label,
  role: 'viewer',
  request: null,
  page,
});
const segment = encodeURIComponent;

const callAction = (channel: string, { taskId }: DeadLetter): Shown =>
  post('operator', `call ${channel}`, `Call ${channel}`, `/dead-letters/${segment(taskId)}/call`, {
    channel,
  });

/** Null: there is nothing it could do for this letter. */
function shownAction(action: RunbookAction, { letter, decisions, deviceOf }: RunbookReach): Shown | null {
  const { taskId, device, sagaId, correlationId } = letter;
  if (isDecision(action)) {
    const button = decisions.find(({ id }) => id === action);
    if (button === undefined) return null;
    return post('operator', action, button.label, `/tasks/${segment(taskId)}/decide`, { decision: action });
  }
  switch (action) {
    case 'edit-input':
      return post(
        'technician',
        action,
        'Try again with another input',
        `/dead-letters/${segment(taskId)}/redrive`,
      );
    case 'park-robot':
      return robotAction(letter, action, 'Send the robot to its parking place', 'park');
    case 'pause-robot':
      return robotAction(letter, action, 'Pause the robot', 'pause');
    case 'reset-breaker':
      return device === null
        ? null
        : post('technician', action, 'Reset the breaker', `/breakers/${segment(`device:${device}`)}/reset`);
    case 'open-device': {
      const found = device === null ? undefined : deviceOf(device);
      return found === undefined ? null : open(action, `Look at ${found}`, `#/devices/${segment(found)}`);
    }
    case 'open-order':
      // The sagas of orders are called after them.
      return sagaId === `pick-order:${correlationId}`
        ? open(action, 'Look at the order', `#/orders/${segment(correlationId)}`)
        : null;
    default:
      return null;
  }
}

function robotAction(
  letter: DeadLetter,
  action: RunbookAction,
  label: string,
  does: 'park' | 'pause',
): Shown | null {
  const { device, activity, title } = letter;
  if (device === null || !activity.startsWith('MobileRobot.')) return null;
  const call = { capability: 'MobileRobot', action: does, args: {} } as const;
  return post(roleFor(call), action, label, '/commands', {
    target: device,
    call,
    reason: `Stuck: ${title}`.slice(0, 500),
  });
}
