import { ApplianceError } from '#contracts/errors.ts';
import type { TagValue } from '#contracts/tags.ts';
import {
  type Adapter,
  type AdapterContext,
  boundTag,
  type CallResult,
  fromWrite,
  goodValue,
  unknown,
  unsupported,
  verified,
} from './adapter.ts';
import { deadline, waitForTags } from './wait.ts';

/** What one action writes, and which tag then says that it has come true. */
interface Switching {
  readonly value: TagValue;
  readonly confirmRole: string;
  readonly confirmValue: TagValue;
}

const doorActions: Readonly<Record<string, Switching>> = {
  open: { value: true, confirmRole: 'opened', confirmValue: true },
  close: { value: false, confirmRole: 'closed', confirmValue: true },
};
const dockActions: Readonly<Record<string, Switching>> = {
  restrain: { value: true, confirmRole: 'restrained', confirmValue: true },
  release: { value: false, confirmRole: 'restrained', confirmValue: false },
};

export const createDoor = (context: AdapterContext): Adapter => createSwitched(context, doorActions);
export const createDock = (context: AdapterContext): Adapter => createSwitched(context, dockActions);

/** A device of one command bit and limit switches: verified by the switch, never by the bit. */
function createSwitched(context: AdapterContext, actions: Readonly<Record<string, Switching>>): Adapter {
  const { capability, tags, clock } = context;
  const commandTag = boundTag(capability, 'command');
  const isTrue = ({ confirmRole, confirmValue }: Switching) =>
    goodValue(tags.latest(boundTag(capability, confirmRole))) === confirmValue;

  return {
    async execute(call): Promise<CallResult> {
      const action = actions[call.call.action];
      if (action === undefined) return unsupported(call);
      const limit = deadline(clock, call.timeoutMs);
      const written = await tags.write(commandTag, action.value);
      if (written.state !== 'verified') return fromWrite(written);
      const waited = await waitForTags({
        tags,
        clock,
        timeoutMs: limit.leftMs(),
        probe: () => (isTrue(action) ? true : undefined),
      });
      if (waited.state === 'met') return verified();
      return unknown(`${call.target}: "${boundTag(capability, action.confirmRole)}" did not come`);
    },
    async reconcile(call) {
      const action = actions[call.call.action];
      if (action === undefined) {
        const { message } = new ApplianceError('DRV_UNSUPPORTED', {
          target: call.target,
          action: call.call.action,
        });
        return { outcome: 'failed', reason: message };
      }
      const [command, confirm] = await tags.readNow([commandTag, boundTag(capability, action.confirmRole)]);
      if (command === undefined || confirm === undefined || goodValue(command) === null) {
        return { outcome: 'unknown', reason: `${commandTag} cannot be read` };
      }
      if (goodValue(command) !== action.value)
        return { outcome: 'not-done', reason: `${commandTag} says otherwise` };
      if (goodValue(confirm) === null) return { outcome: 'unknown', reason: `${confirm.path} is not good` };
      return goodValue(confirm) === action.confirmValue
        ? { outcome: 'done', data: {} }
        : { outcome: 'running' };
    },
  };
}
