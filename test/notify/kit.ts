import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '#contracts/clock.ts';
import type { CommandPort } from '#contracts/commands.ts';
import { silentLog } from '#contracts/log.ts';
import type { ChannelConfig, Notice } from '#contracts/notify.ts';
import type { PersonConfig } from '#contracts/people.ts';
import { type Notifier, notifyStoreModule, startNotifier } from '../../appliance/notify/index.ts';
import { type KeptStore, keepStore } from '../support/keep-store.ts';

export const notice = (noticeId: string, more: Partial<Notice> = {}): Notice => ({
  noticeId,
  at: '2026-06-01T12:00:00.000Z',
  reason: 'offered',
  title: 'Wrong article',
  text: 'What now?',
  taskId: 'task-1',
  role: 'operator',
  user: null,
  ...more,
});

export interface Desk {
  readonly kept: KeptStore;
  readonly notifier: Notifier;
  readonly alarms: Map<string, string>;
  rows(): Promise<{ id: string; channel: string; phase: string; attempts: number }[]>;
  /** The process ends and begins again on the same data. */
  restart(): Promise<Desk>;
}

export interface DeskOptions {
  readonly channels: readonly ChannelConfig[];
  readonly people?: readonly PersonConfig[];
  readonly clock?: Clock;
  readonly commands?: CommandPort;
  readonly kept?: KeptStore;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly ca?: string;
}

/** The real notifier on a real store; the servers are the test's. */
export async function startDesk(options: DeskOptions): Promise<Desk> {
  const { channels, people = [], clock = systemClock, secrets = {} } = options;
  const kept =
    options.kept ?? (await keepStore([{ ...notifyStoreModule, reads: { ...notifyStoreModule.reads, all } }]));
  if (options.kept === undefined) onTestFinished(() => kept.end());
  const alarms = new Map<string, string>();
  const notifier = await startNotifier({
    configs: channels,
    people,
    store: kept.store,
    clock,
    log: silentLog,
    site: 'test',
    commands: options.commands ?? {
      submit: () => Promise.reject(new Error('no floor')),
      reconcile: () => Promise.reject(new Error('no floor')),
    },
    alarms: {
      raise: ({ alarmId, text }) => void alarms.set(alarmId, text),
      clear: (alarmId) => void alarms.delete(alarmId),
    },
    secrets: async (reference) => secrets[reference] ?? '',
    readText: async () => options.ca ?? '',
  });
  onTestFinished(() => notifier.stop());
  return {
    kept,
    notifier,
    alarms,
    async rows() {
      const rows = await kept.store.query('notify.all');
      return rows.map((row) => ({
        id: String(row.notice_id),
        channel: String(row.channel),
        phase: String(row.phase),
        attempts: Number(row.attempts),
      }));
    },
    async restart() {
      await notifier.stop();
      await kept.reopen();
      return startDesk({ ...options, kept });
    },
  };
}

const all = 'SELECT * FROM notify_deliveries ORDER BY made_ms, notice_id, channel';
