import type { Notice } from '#contracts/notify.ts';
import { limits } from '../limits.ts';
import type { Channel } from './channel.ts';

/** What the open pages show: the newest notices, oldest first. */
export interface Shown {
  list(): readonly Notice[];
  add(notice: Notice): void;
}

export function createShown(onChange: () => void): Shown {
  let shown: readonly Notice[] = [];
  return {
    list: () => shown,
    add(notice) {
      const others = shown.filter(({ noticeId }) => noticeId !== notice.noticeId);
      shown = [...others, notice].slice(-limits.shownMax);
      onChange();
    },
  };
}

export const uiChannel = (shown: Shown): Channel => ({
  async deliver(notice) {
    shown.add(notice);
    return 'it stands on the open pages';
  },
  close() {},
});
