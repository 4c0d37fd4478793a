import { ApplianceError } from '#contracts/errors.ts';
import type { TagValue } from '#contracts/tags.ts';
import {
  type Adapter,
  type AdapterContext,
  fault,
  fromWrite,
  goodValue,
  unsupported,
  verified,
} from './adapter.ts';

const modeNumbers: Readonly<Record<string, number>> = { off: 0, on: 1, blink: 2 };

/** Sets one colour. A number tag takes 0 off, 1 on, 2 blink; a boolean tag cannot blink and says so. */
export function createStackLight(
  { capability, tags }: AdapterContext,
  isBoolean: (tag: string) => boolean,
): Adapter {
  const valueFor = (tag: string, mode: string): TagValue | undefined => {
    if (!isBoolean(tag)) return modeNumbers[mode];
    return mode === 'blink' ? undefined : mode === 'on';
  };

  return {
    async execute(call) {
      if (call.call.action !== 'set') return unsupported(call);
      const colour = String(call.call.args.colour);
      const mode = String(call.call.args.mode);
      const tag = capability.bind?.[colour];
      const value = tag === undefined ? undefined : valueFor(tag, mode);
      if (tag === undefined || value === undefined) {
        const action = tag === undefined ? `show ${colour}` : `blink ${colour}`;
        return fault(new ApplianceError('DRV_UNSUPPORTED', { target: call.target, action }));
      }
      const written = await tags.write(tag, value);
      return written.state === 'verified' ? verified() : fromWrite(written);
    },
    async reconcile(call) {
      const tag = capability.bind?.[String(call.call.args.colour)];
      if (tag === undefined) return { outcome: 'not-done', reason: 'it has no such colour' };
      const [sample] = await tags.readNow([tag]);
      const now = sample === undefined ? null : goodValue(sample);
      if (now === null) return { outcome: 'unknown', reason: `${tag} cannot be read` };
      return now === valueFor(tag, String(call.call.args.mode))
        ? { outcome: 'done', data: {} }
        : { outcome: 'not-done', reason: `${tag} is ${now}` };
    },
  };
}
