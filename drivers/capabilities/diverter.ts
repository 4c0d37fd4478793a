import type { TagValue } from '#contracts/tags.ts';
import {
  type Adapter,
  type AdapterContext,
  boundTag,
  fromWrite,
  goodValue,
  unknown,
  unsupported,
  verified,
} from './adapter.ts';
import { deadline, waitForTags } from './wait.ts';

/** Points to a lane. `options` map a place to the value the PLC uses for it; without one the name itself is sent. */
export function createDiverter({ capability, tags, clock }: AdapterContext): Adapter {
  const positionTag = boundTag(capability, 'position');
  const actualTag = capability.bind?.actual;
  const valueFor = (to: unknown): TagValue => capability.options?.[String(to)] ?? String(to);

  return {
    async execute(call) {
      if (call.call.action !== 'divert') return unsupported(call);
      const value = valueFor(call.call.args.to);
      const limit = deadline(clock, call.timeoutMs);
      const written = await tags.write(positionTag, value);
      if (written.state !== 'verified') return fromWrite(written);
      if (actualTag === undefined) return verified();
      const waited = await waitForTags({
        tags,
        clock,
        timeoutMs: limit.leftMs(),
        probe: () => (goodValue(tags.latest(actualTag)) === value ? true : undefined),
      });
      return waited.state === 'met' ? verified() : unknown(`${actualTag} did not become ${value}`);
    },
    async reconcile(call) {
      const value = valueFor(call.call.args.to);
      const [sample] = await tags.readNow([actualTag ?? positionTag]);
      const now = sample === undefined ? null : goodValue(sample);
      if (now === null) return { outcome: 'unknown', reason: `${actualTag ?? positionTag} cannot be read` };
      return now === value
        ? { outcome: 'done', data: {} }
        : { outcome: 'not-done', reason: `it points to ${now}, not to ${value}` };
    },
  };
}
