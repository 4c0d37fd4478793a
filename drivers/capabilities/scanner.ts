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

/**
 * Reads a code. With `count`, only a code that came after the call counts; without it the last code is told as
 * it is, which is right for scanners that clear their code when the tote has left.
 */
export function createScanner({ capability, tags, clock }: AdapterContext): Adapter {
  const codeTag = boundTag(capability, 'code');
  const countTag = capability.bind?.count;
  const triggerTag = capability.bind?.trigger;

  const readCount = async (tag: string) => {
    const [sample] = await tags.readNow([tag]);
    return sample === undefined ? null : goodValue(sample);
  };

  return {
    async execute(call) {
      if (call.call.action !== 'read') return unsupported(call);
      const limit = deadline(clock, call.timeoutMs);
      const before = countTag === undefined ? null : await readCount(countTag);
      if (triggerTag !== undefined) {
        const written = await tags.write(triggerTag, true);
        // A scanner that clears its trigger at once reads back false; the count tells what became of it.
        if (written.state === 'failed') return fromWrite(written);
      }
      const waited = await waitForTags({
        tags,
        clock,
        timeoutMs: limit.leftMs(),
        probe: () => {
          if (countTag !== undefined) {
            const count = goodValue(tags.latest(countTag));
            return count !== null && count !== before ? count : undefined;
          }
          const code = goodValue(tags.latest(codeTag));
          return typeof code === 'string' && code !== '' ? code : undefined;
        },
      });
      if (waited.state !== 'met') return unknown(`${capability.id} saw no code`);
      if (countTag === undefined) return verified({ code: waited.value });
      // Count and code may come in two notifications; asked for together they belong together.
      const [code] = await tags.readNow([codeTag]);
      const value = code === undefined ? null : goodValue(code);
      return typeof value === 'string' ? verified({ code: value }) : unknown(`${codeTag} cannot be read`);
    },
    // A reading moves nothing and leaves nothing behind that could be asked for.
    reconcile: async () => ({ outcome: 'not-done', reason: 'a reading can be taken again at any time' }),
  };
}
