import type { Clock } from '#contracts/clock.ts';
import type { CommandPort } from '#contracts/commands.ts';
import type { Notice, StackLightChannel } from '#contracts/notify.ts';
import type { Channel } from './channel.ts';

const ANSWER_MS = 5_000;

/** Lights a stack light for a while, through the gate like everybody else. */
export function stackLightChannel(config: StackLightChannel, commands: CommandPort, clock: Clock): Channel {
  const { target, colour, forMs } = config;
  const set = async (notice: Notice, mode: 'on' | 'blink' | 'off', attempt: number): Promise<void> => {
    const result = await commands.submit({
      // A light that is set twice is set: each attempt may be a command of its own.
      commandId: `notify/${config.name}/${notice.noticeId}/${mode}.${attempt}`,
      target,
      call: { capability: 'StackLight', action: 'set', args: { colour, mode } },
      expiresAtMs: clock.nowMs() + 2 * ANSWER_MS,
      timeoutMs: ANSWER_MS,
      epoch: 0,
      requestedBy: { kind: 'system', id: 'notify' },
      reason: notice.title,
      correlationId: notice.noticeId,
    });
    if (result.state !== 'verified') throw new Error(`${target} ${result.state}: ${result.reason}`);
  };
  return {
    async deliver(notice, attempt) {
      await set(notice, config.mode, attempt);
      return `${target} shows ${colour}`;
    },
    call: { forMs, end: (notice, attempt) => set(notice, 'off', attempt) },
    close() {},
  };
}
