import { expect } from 'vitest';
import type { Task } from '#contracts/api.ts';
import type { Command } from '#contracts/commands.ts';
import type { DockConfig } from '#contracts/docks.ts';
import { isApplianceError } from '#contracts/errors.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import { offset } from '#contracts/ids.ts';
import type { Json } from '#contracts/sagas.ts';
import type { PlaceConfig, SiteFile } from '#contracts/site-file.ts';
import {
  crashPoints,
  startTestSite,
  type TestSite,
  type TestSiteOptions,
} from '../../appliance/test-kit/index.ts';
import type { Orchestrator, StockRow } from '../../local-orchestrator/index.ts';

export const floorPlaces: readonly PlaceConfig[] = [
  { id: 'receiving-1', kind: 'receiving', x: 0, y: 20 },
  { id: 'rack-1', kind: 'rack', x: 10, y: 10, capacity: 100, holds: { sku: 'A', minimum: 20, target: 60 } },
  { id: 'rack-2', kind: 'rack', x: 20, y: 10, capacity: 100 },
  { id: 'rack-3', kind: 'rack', x: 30, y: 10, capacity: 10 },
  { id: 'reserve-1', kind: 'reserve', x: 40, y: 10 },
  { id: 'reserve-2', kind: 'reserve', x: 50, y: 10 },
  { id: 'bay-1', kind: 'dock', x: 0, y: 30 },
  { id: 'bay-2', kind: 'dock', x: 0, y: 40 },
  { id: 'park-1', kind: 'park', x: 2, y: 0 },
];
export const floorDocks: readonly DockConfig[] = [
  { id: 'dock-1', place: 'bay-1', door: 'door-1', restraint: 'restraint-1' },
  { id: 'dock-2', place: 'bay-2', door: 'door-2', restraint: 'restraint-2' },
];

/** A site in memory with racks, reserves and docks, and people who answer by name. */
export interface FloorWork extends Disposable {
  readonly site: TestSite;
  /** `place: pieces (set aside)` of an article. */
  books(sku: string): Promise<Record<string, readonly [number, number]>>;
  /** Lets time pass until there is an open task of this kind. */
  task(kind: string): Promise<Task>;
  answer(kind: string, decision: string, more?: { user?: string; note?: string; form?: Json }): Promise<Task>;
  /** Lets time pass until the saga has ended, and says how. */
  ended(sagaId: string): Promise<string>;
  /** What was physically done, in order. */
  acts(): string[];
  events(correlationId: string): Promise<AnyEvent[]>;
  eventTypes(correlationId: string): Promise<string[]>;
  leases(): Promise<number>;
  insist<T>(ask: (orchestrator: Orchestrator) => Promise<T>): Promise<T>;
}

const WAIT_MS = 7 * 86_400_000;
const LOOK_MS = 1_000;

export type FloorWorkOptions = TestSiteOptions & {
  readonly stock?: readonly StockRow[];
  readonly config?: Partial<SiteFile['sagas']>;
};

export async function openFloorWork(options: FloorWorkOptions = {}): Promise<FloorWork> {
  const { stock = [], config = {}, parts = {}, ...rest } = options;
  const site = await startTestSite({
    robots: ['amr-1', 'amr-2'],
    ...rest,
    parts: { places: floorPlaces, docks: floorDocks, config, ...parts },
  });
  /** Asks until it is answered, as a careful client of a box that may die over it. */
  const insist = async <T>(ask: (orchestrator: Orchestrator) => Promise<T>): Promise<T> => {
    for (;;) {
      const { orchestrator, over } = await site.running();
      const answer = await Promise.race([
        ask(orchestrator).then((value) => ({ value })),
        over.then(() => null),
      ]);
      if (answer !== null) return answer.value;
    }
  };
  await insist(({ inventory }) => inventory.loadStock(stock));

  /** Time passes in small steps until there is something to see. */
  const until = async <T>(what: string, probe: () => Promise<T | undefined>): Promise<T> => {
    for (let passedMs = 0; passedMs < WAIT_MS; ) {
      const found = await probe();
      if (found !== undefined) return found;
      const stepMs = passedMs < 60 * LOOK_MS ? LOOK_MS : 60 * LOOK_MS;
      await site.pass(stepMs);
      passedMs += stepMs;
    }
    throw new Error(`waited a week in vain until ${what} (seed ${site.seed})`);
  };

  const work: FloorWork = {
    site,
    async books(sku) {
      const rows = await insist(({ inventory }) => inventory.stock(sku));
      return Object.fromEntries(
        rows
          .filter(({ quantity }) => quantity > 0)
          .map(({ place, quantity, reserved }) => [place, [quantity, reserved] as const]),
      );
    },
    task: (kind) =>
      until(`there is a task ${kind}`, async () => site.tasks().find((task) => task.kind === kind)),
    async answer(kind, decision, { user = 'ann', note = 'so be it', form } = {}) {
      const task = await work.task(kind);
      const answer = { decision, note, ...(form === undefined ? {} : { form }) };
      await insist(({ desk }) =>
        desk.decide(task.taskId, { user, role: 'admin' }, answer).catch((error: unknown) => {
          // Said before, and the box died over its answer.
          if (!isApplianceError(error, 'SAGA_TASK_NOT_FOUND')) throw error;
        }),
      );
      return task;
    },
    ended: (sagaId) =>
      until(`saga ${sagaId} has ended`, async () => {
        const { status } = await site.saga(sagaId);
        return status === 'running' || status === 'compensating' ? undefined : status;
      }),
    acts: () => site.effects().map(({ action }) => action),
    async events(correlationId) {
      const records = await (await site.running()).store.readLog(offset(0), { countMax: 50_000 });
      return records.filter(({ event }) => event.correlationid === correlationId).map(({ event }) => event);
    },
    eventTypes: async (correlationId) => (await work.events(correlationId)).map(({ type }) => type),
    insist,
    leases: async () => (await site.running()).orchestrator.stats().leases.size,
    [Symbol.dispose]: () => site.close(),
  };
  return work;
}

/** Points that are only passed when a device has to be asked, or when nothing but a mark is moved. */
const RARE = ['before-question', 'after-question', 'after-answer', 'after-mark'];

/** Does the same with a box that dies at each point, early and late; what was promised is kept each time. */
export async function dyingEverywhere(
  options: FloorWorkOptions,
  run: (work: FloorWork) => Promise<void>,
): Promise<void> {
  const survived = new Set<string>();
  for (const at of crashPoints) {
    for (const nth of [1, 5]) {
      using work = await openFloorWork({ ...options, crashes: [{ at, nth, down: '1 min' }] });
      await run(work);
      await work.site.keepsItsPromises();
      if (work.site.fired.has(`crash ${at}`)) survived.add(at);
    }
  }
  expect([...crashPoints].filter((at) => !survived.has(at) && !RARE.includes(at))).toEqual([]);
}

/** Robots take a minute to put down; everything else happens at once. */
export const slowDrop = (command: Command): number => (is('drop')(command) ? 60_000 : 0);
export const is =
  (action: string) =>
  ({ call }: Command): boolean =>
    call.action === action;
export const failed = (reason: string) =>
  ({
    do: 'answer',
    result: { state: 'failed', code: 'DRV_REFUSED', reason, retryable: false },
  }) as const;
