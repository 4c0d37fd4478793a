import type { Notice } from '#contracts/notify.ts';

/** A way to reach people, without rows, pauses and alarms: those are the same for all. */
export interface Channel {
  /**
   * Resolves when the other side has taken it, with who that is in words; null: there is nobody to tell. Rejects with
   * the reason otherwise. May be repeated with the same notice.
   */
  deliver(notice: Notice, attempt: number): Promise<string | null>;
  /** For a channel that calls until it is ended, such as a light. */
  readonly call?: {
    readonly forMs: number;
    end(notice: Notice, attempt: number): Promise<void>;
  };
  close(): void;
}
