import type { Clock } from '#contracts/clock.ts';
import type { Link } from '#contracts/devices.ts';
import {
  type LinkEvent,
  type LinkLimits,
  type LinkState,
  linkDeadlineMs,
  nextLink,
  toWallTime,
} from './link.ts';

export interface LinkKeeper {
  /** In monotonic time; `wall` is the same for people. */
  state(): LinkState;
  wall(): Link;
  step(event: LinkEvent): void;
  stop(): void;
}

export interface LinkKeeperOptions {
  readonly clock: Clock;
  readonly limits: LinkLimits;
  /** Called on each change of state, never for `heard` alone. */
  onLink(link: Link): void;
  /** The link was silent for too long. The listener answers with a `lost` step. */
  onSilence(reason: string): void;
}

/** Holds the link of a device and looks at it whenever its deadline comes. */
export function createLinkKeeper({ clock, limits, onLink, onSilence }: LinkKeeperOptions): LinkKeeper {
  const nowMs = clock.monotonicMs();
  let link: LinkState = { state: 'down', reason: 'not started', sinceMs: nowMs, retryAtMs: nowMs };
  let cancel = () => {};

  // Armed for the present deadline; when that has moved on meanwhile, armed again for the rest.
  const watch = () => {
    cancel();
    const deadlineMs = linkDeadlineMs(link, limits);
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    cancel = clock.after(Math.max(0, Math.ceil(deadlineMs - clock.monotonicMs())), () => {
      const judged = nextLink(link, { type: 'ticked', nowMs: clock.monotonicMs() }, limits);
      if (judged.state === 'down') onSilence(judged.reason);
      else watch();
    });
  };

  return {
    state: () => link,
    wall: () => toWallTime(link, clock),
    step(event) {
      const before = link;
      link = nextLink(link, event, limits);
      if (link.state === before.state) return;
      watch();
      onLink(toWallTime(link, clock));
    },
    stop: () => cancel(),
  };
}
