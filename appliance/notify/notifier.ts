import type { Alarm } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import type { CommandPort } from '#contracts/commands.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { uuidv7 } from '#contracts/ids.ts';
import type { Log } from '#contracts/log.ts';
import type { ChannelConfig, ChannelStatus, ChannelTest, Notice } from '#contracts/notify.ts';
import type { PersonConfig } from '#contracts/people.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { type ChannelWorker, createWorker, lostOps } from './channel-worker.ts';
import { makeChannel } from './channels/make.ts';
import { createShown } from './channels/ui.ts';
import { limits } from './limits.ts';

/** Tells people through the channels of the site. */
export interface Notifier {
  /** Rows that make a notice go out, for the transaction that is its cause; `wake` after its commit. */
  ops(channels: readonly string[], notice: Notice): readonly StoreOp[];
  /** Rows that end what calls for somebody to take a task, for the transaction in which somebody does. */
  answered(taskId: string): readonly StoreOp[];
  wake(): void;
  /** Errors: API_NOT_FOUND, NOTIFY_TEST_FAILED with the reason. */
  tryOut(channel: string, by: string): Promise<ChannelTest>;
  /** A notice with no other cause than that somebody wants it told; resolves when it is on disk. */
  send(channels: readonly string[], notice: Notice): Promise<void>;
  /** Newest notices of the channels of kind `ui`, oldest first. */
  shown(): readonly Notice[];
  channels(): readonly ChannelStatus[];
  onShown(listener: () => void): void;
  stop(): Promise<void>;
}

export interface NotifierParts {
  readonly configs: readonly ChannelConfig[];
  readonly people: readonly PersonConfig[];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly site: string;
  readonly commands: CommandPort;
  readonly alarms: {
    raise(alarm: Omit<Alarm, 'raisedAt' | 'acknowledgedBy'>): void;
    clear(alarmId: string): void;
  };
  /** What the site file says instead of a secret. */
  readonly secrets: (reference: string) => Promise<string>;
  /** Text of a file that the site file names. */
  readonly readText: (file: string) => Promise<string>;
}

/** Takes up what a crash left. Errors: CFG_SECRET when a secret of a channel is not there. */
export async function startNotifier(parts: NotifierParts): Promise<Notifier> {
  const { configs, store, clock, site, alarms } = parts;
  const log = parts.log.child({ component: 'notify' });
  const listeners: (() => void)[] = [];
  const shown = createShown(() => {
    for (const listener of listeners) listener();
  });
  const workers = new Map<string, ChannelWorker>();
  for (const config of configs) {
    const { name } = config;
    const channel = await makeChannel(config, { ...parts, shown });
    if (config.kind === 'ui') {
      const rows = await store.query('notify.told', { channel: name, countMax: limits.shownMax });
      for (const { body } of rows.toReversed()) shown.add(JSON.parse(String(body)) as Notice);
    }
    const onState = (reason: string | null) => tellState(alarms, name, reason);
    workers.set(name, createWorker({ name, channel, store, clock, log, site, onState }));
  }
  const wake = () => {
    for (const worker of workers.values()) worker.wake();
  };

  const opsFor = (name: string, notice: Notice): readonly StoreOp[] => {
    const worker = workers.get(name);
    const nowMs = clock.nowMs();
    const { noticeId } = notice;
    if (worker === undefined) return lostOps(site, name, noticeId, 0, 'there is no such channel', nowMs);
    if (worker.status().waitingCount >= limits.waitingMax) {
      tellState(alarms, name, `${limits.waitingMax} notices wait already`);
      return lostOps(site, name, noticeId, 0, 'too many notices wait already', nowMs);
    }
    worker.expect();
    const params = { noticeId, channel: name, body: JSON.stringify(notice), taskId: notice.taskId, nowMs };
    return [{ op: 'run', statement: 'notify.enqueue', params }];
  };
  const ops = (channels: readonly string[], notice: Notice) =>
    [...new Set(channels)].flatMap((name) => opsFor(name, notice));

  const tryOut = async (name: string, by: string): Promise<ChannelTest> => {
    const worker = workers.get(name);
    const kind = configs.find((config) => config.name === name)?.kind;
    if (worker === undefined || kind === undefined) {
      throw new ApplianceError('API_NOT_FOUND', { what: 'channel', id: name });
    }
    try {
      return { name, kind, said: await worker.tryOut(testNotice(site, name, by, clock.nowMs())) };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ApplianceError('NOTIFY_TEST_FAILED', { channel: name, reason }, { cause });
    }
  };

  wake();
  return {
    ops,
    answered: (taskId) =>
      workers.size === 0
        ? []
        : [{ op: 'run', statement: 'notify.answered', params: { taskId, nowMs: clock.nowMs() } }],
    wake,
    tryOut,
    async send(channels, notice) {
      await store.commit(ops(channels, notice));
      wake();
    },
    shown: shown.list,
    channels: () =>
      configs.flatMap(({ name, kind }) => {
        const worker = workers.get(name);
        return worker === undefined ? [] : [{ name, kind, ...worker.status() }];
      }),
    onShown: (listener) => void listeners.push(listener),
    async stop() {
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
    },
  };
}

const testNotice = (site: string, channel: string, by: string, nowMs: number): Notice => ({
  noticeId: `test/${uuidv7(nowMs)}`,
  at: new Date(nowMs).toISOString(),
  reason: 'test',
  title: `Test of the channel ${channel}`,
  text: `${by} tried out whether the site ${site} reaches you here. Nothing is to be done.`,
  taskId: null,
  role: null,
  user: null,
});

function tellState(alarms: NotifierParts['alarms'], channel: string, reason: string | null): void {
  const alarmId = `channel-down/${channel}`;
  if (reason === null) {
    alarms.clear(alarmId);
    return;
  }
  alarms.raise({
    alarmId,
    severity: 'medium',
    source: channel,
    text: `Notices do not get out through ${channel}: ${reason}`,
    hint: 'Check the channel under "notify" in the site file, and its server. Tasks wait on the Tasks page meanwhile.',
  });
}
